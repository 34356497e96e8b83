import fc from 'fast-check';
import { RevocationCheck, ShardVersions } from '../../../src/auth/revocation/revocation-check';
import type { Revocation } from '../../../src/auth/revocation/revocation-record';
import { Revocations } from '../../../src/auth/revocation/revocations';
import type { AccessClaims } from '../../../src/auth/tokens/access-tokens';

const NOBODY: AccessClaims = {
  userId: '',
  username: 'ada',
  roles: ['user'],
  sessionId: '',
  issuedAt: 0,
  expiresAt: 1,
  kind: 'person',
  apiKeyId: '',
};
const feed = { append: async () => {}, follow: async () => ({ close: async () => {} }) };
const settings = { windowMs: 1_000, maxStalenessMs: 1_000 };

function revocations(): Revocations {
  const made = new Revocations(feed, { now: () => 0, monotonic: () => 0 }, settings);
  made.onFresh(0);
  return made;
}

/** The roles, or why not. */
function found(by: Revocations, claims: AccessClaims, check: RevocationCheck): unknown {
  try {
    return by.check({ claims, check }).roles;
  } catch (error) {
    return (error as Error).message;
  }
}

// Of each kind two share a shard, one stands alone, and one is no UUID.
const userIds = ['1-abc', '2-abc', '3-00f', 'someone'];
const sessionIds = ['4-abc', '5-fff', '6-fff', 'something'];
const claims = userIds.flatMap((userId) => sessionIds.map((sessionId) => ({ ...NOBODY, userId, sessionId })));

const record: fc.Arbitrary<Revocation> = fc.oneof(
  fc.record({
    kind: fc.constant('sessions' as const),
    id: fc.constant(''),
    sessionIds: fc.subarray(sessionIds, { minLength: 1, maxLength: 2 }),
    userId: fc.constantFrom(...userIds),
    at: fc.constant(1),
    reason: fc.constant('logout' as const),
  }),
  fc.record({
    kind: fc.constant('user' as const),
    id: fc.constant(''),
    userId: fc.constantFrom(...userIds),
    version: fc.integer({ min: 1, max: 9 }),
    state: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const, 'deleted' as const),
    roles: fc.subarray(['user', 'moderator', 'admin']),
    at: fc.constant(1),
  }),
);

describe('The kept check of a token', () => {
  it('answers as a new check would, whatever has come meanwhile [C11]', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const by = revocations();
        const checks = claims.map(() => new RevocationCheck());
        for (const each of records) {
          by.onRecord(each);
          const kept = claims.map((of, n) => found(by, of, checks[n] as RevocationCheck));
          expect(kept).toEqual(claims.map((of) => found(by, of, new RevocationCheck())));
        }
      }),
    );
  });

  it('holds until something about its session or its user has changed, and through what happens to others', () => {
    const shards = new ShardVersions();
    const check = new RevocationCheck();
    const principal = { ...NOBODY, sessionId: '0-001', userId: '0-002' };
    expect(shards.findCurrent(check)).toBeUndefined();
    for (const id of ['0-001', '0-002']) {
      shards.store(check, principal);
      shards.invalidate('0-003');
      expect(shards.findCurrent(check)).toBe(principal);
      shards.invalidate(id);
      expect(shards.findCurrent(check)).toBeUndefined();
    }
  });

  it('of an id of any text ends with it, and of UUIDs only one of thousands of others does', () => {
    const shards = new ShardVersions();
    const ends = (kept: string, changed: string) => {
      const check = new RevocationCheck();
      shards.store(check, { ...NOBODY, sessionId: kept, userId: kept });
      shards.invalidate(changed);
      return shards.findCurrent(check) === undefined;
    };
    fc.assert(fc.property(fc.string(), (id) => ends(id, id)));
    const ids = [...Array(4096).keys()].map((n) => `0-${n.toString(16).padStart(3, '0')}`);
    for (const kept of ['0-000', '0-9af', '0-abc', '0-fff']) {
      expect(ids.filter((changed) => ends(kept, changed))).toEqual([kept]);
      expect(ends(kept, kept.toUpperCase())).toBe(true);
    }
  });

  it('that was ended does not hold again when another of the same ids is kept', () => {
    const shards = new ShardVersions();
    const [ended, later, last] = [new RevocationCheck(), new RevocationCheck(), new RevocationCheck()];
    const principal = { ...NOBODY, sessionId: '0-001', userId: '0-002' };
    shards.store(ended, principal);
    shards.invalidate('0-001');
    shards.invalidate('0-001');
    expect(shards.findCurrent(ended)).toBeUndefined();
    for (const check of [later, last]) shards.store(check, principal);
    expect(shards.findCurrent(ended)).toBeUndefined();
    for (const check of [later, last]) expect(shards.findCurrent(check)).toBe(principal);
  });

  it('of one view of the revocations means nothing to another', () => {
    const [one, other] = [revocations(), revocations()];
    const check = new RevocationCheck();
    const of = { ...NOBODY, sessionId: '5-fff' };
    expect(found(one, of, check)).toEqual(['user']);
    other.onRecord({ kind: 'sessions', id: '', sessionIds: ['5-fff'], userId: '', at: 1, reason: 'logout' });
    expect(found(other, of, check)).toBe('TOKEN_REVOKED');
  });
});
