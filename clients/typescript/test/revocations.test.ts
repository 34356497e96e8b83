import { randomUUID } from 'node:crypto';
import { Revocations } from '../src/feed/revocations';
import type { Principal } from '../src/principal';
import { SteppedClock } from './support/stepped-clock';

const RETENTION_MS = 60_000;

function aPrincipal(changes: Partial<Principal> = {}): Principal {
  return {
    userId: randomUUID(),
    username: 'ada',
    roles: ['user'],
    sessionId: randomUUID(),
    issuedAt: new Date(0),
    expiresAt: new Date(1e12),
    kind: 'person',
    apiKeyId: '',
    ...changes,
  };
}

function start() {
  const clock = new SteppedClock();
  return { clock, revocations: new Revocations(clock, RETENTION_MS) };
}

test('A principal of whom nothing was told is the same object', () => {
  const ada = aPrincipal();
  const { revocations } = start();
  revocations.endSession(randomUUID());
  revocations.setRoles(randomUUID(), ['admin']);
  expect(revocations.judge(ada)).toBe(ada);
});

test('What was told last of a user counts, and an ended session stays ended', () => {
  const ada = aPrincipal();
  const { revocations } = start();
  revocations.refuseUser(ada.userId, 'user_disabled');
  expect(revocations.judge(ada)).toBe('USER_INACTIVE');
  revocations.setRoles(ada.userId, ['moderator']);
  expect(revocations.judge(ada)).toEqual({ ...ada, roles: ['moderator'] });
  revocations.refuseUser(ada.userId, 'user_deleted');
  expect(revocations.judge(ada)).toBe('TOKEN_REVOKED');
  revocations.setRoles(ada.userId, ['user']);
  revocations.endSession(ada.sessionId);
  expect(revocations.judge(ada)).toBe('TOKEN_REVOKED');
  revocations.refuseUser(ada.userId, 'user_disabled');
  expect(revocations.judge(ada)).toBe('USER_INACTIVE');
});

test('A revocation of a user for a reason that is not known here refuses', () => {
  const ada = aPrincipal();
  const { revocations } = start();
  revocations.refuseUser(ada.userId, 'something new');
  expect(revocations.judge(ada)).toBe('TOKEN_REVOKED');
});

test('A token of an API key has only its own roles among those of the owner', () => {
  const keyId = randomUUID();
  const key = aPrincipal({ apiKeyId: keyId, sessionId: keyId, roles: ['service', 'user'] });
  const { revocations } = start();
  revocations.setRoles(key.userId, ['admin', 'user']);
  expect(revocations.judge(key)).toMatchObject({ roles: ['user'] });
});

test('News are kept for as long as a token can live, counted from when they were heard last', () => {
  const ada = aPrincipal();
  const { clock, revocations } = start();
  revocations.endSession(ada.sessionId);
  revocations.refuseUser(ada.userId, 'user_deleted');
  clock.pass(RETENTION_MS - 1);
  revocations.endSession(ada.sessionId);
  revocations.evictExpired();
  expect(revocations.size).toBe(2);
  clock.pass(1);
  revocations.evictExpired();
  expect(revocations.size).toBe(1);
  expect(revocations.judge(ada)).toBe('TOKEN_REVOKED');
  clock.pass(RETENTION_MS);
  revocations.evictExpired();
  expect(revocations.size).toBe(0);
});

test('Whether there are news of somebody is never denied after the feed began anew', () => {
  const ada = aPrincipal();
  const { clock, revocations } = start();
  const before = clock.monotonic();
  clock.pass(10);
  expect(revocations.hasChangedSince(ada, before)).toBe(false);
  revocations.endSession(ada.sessionId);
  expect(revocations.hasChangedSince(ada, before)).toBe(true);
  // The replica that is asked may hear of it 2 s later.
  expect(revocations.hasChangedSince(ada, clock.monotonic() + 2_000)).toBe(true);
  expect(revocations.hasChangedSince(ada, clock.monotonic() + 2_001)).toBe(false);
  revocations.clear();
  expect(revocations.hasChangedSince(ada, before)).toBe(true);
});
