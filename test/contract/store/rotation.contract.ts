import { REMEMBERED_ROTATIONS, type Rotation, type StoredSession } from '../../../src/auth/sessions/stored-sessions';
import { anId, aSession } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const HOUR_MS = 3_600_000;
const LATER = new Date(Date.now() + 2 * HOUR_MS);

export function buildRotation(session: StoredSession, overrides: Partial<Rotation> = {}): Rotation {
  const at = overrides.at ?? Date.now();
  return {
    from: session.generation,
    saltHash: session.saltHash,
    refreshKeyId: 'key-2',
    at,
    expiresAt: new Date(at + HOUR_MS),
    ipAddress: '198.51.100.9',
    ...overrides,
  };
}

export function rotationContract(open: OpenFresh): void {
  describe('The rotation of a session', () => {
    const fixture = storeFixture(open);
    const sessions = () => fixture().store.sessions;
    const insert = async (overrides: Partial<StoredSession> = {}) => {
      const session = aSession(overrides);
      await sessions().insert(session, testCall());
      return session;
    };
    const rotate = (session: StoredSession, overrides: Partial<Rotation> = {}) =>
      sessions().rotate(session.id, buildRotation(session, overrides), testCall());
    const stored = (id: string) => sessions().find(id, testCall());

    test('brings back a session as it was inserted', async () => {
      const session = await insert({ rotatedAt: [1, 2], deviceName: 'Ada’s 📱', userAgent: '' });
      expect(await stored(session.id)).toEqual(session);
      expect(await stored(anId())).toBeUndefined();
    });

    test('sets everything that a rotation sets, and nothing else [D2]', async () => {
      const session = await insert();
      const at = Date.now() + 5;
      const rotated = await rotate(session, { at });
      expect(rotated).toEqual({
        ...session,
        generation: 1,
        refreshKeyId: 'key-2',
        lastUsedAt: new Date(at),
        expiresAt: new Date(at + HOUR_MS),
        ipAddress: '198.51.100.9',
        rotatedAt: [at],
      });
      expect(await stored(session.id)).toEqual(rotated);
    });

    test('never moves the end of a session beyond its absolute limit [D6]', async () => {
      const session = await insert({ limitAt: new Date(Date.now() + HOUR_MS) });
      const rotated = await rotate(session, { expiresAt: new Date(Date.now() + 24 * HOUR_MS) });
      expect(rotated?.expiresAt).toEqual(session.limitAt);
    });

    test('remembers when the latest rotations happened, and no more of them than it needs', async () => {
      let session = await insert();
      const at = Date.now();
      const count = REMEMBERED_ROTATIONS + 3;
      for (let i = 1; i <= count; i += 1) {
        const rotated = await rotate(session, { at: at + i });
        if (rotated === undefined) throw new Error('Rotated');
        session = rotated;
      }
      expect(session.generation).toBe(count);
      expect(session.rotatedAt).toEqual(Array.from({ length: REMEMBERED_ROTATIONS }, (_, i) => at + 4 + i));
      expect(await stored(session.id)).toEqual(session);
    });

    test.each<[string, Partial<StoredSession>, Partial<Rotation>]>([
      ['of an older generation', { generation: 3 }, { from: 2 }],
      ['of a generation to come', { generation: 3 }, { from: 4 }],
      ['with another salt', {}, { saltHash: 'another' }],
      ['of an ended session', { endedAt: new Date(), endReason: 'logout' }, {}],
      ['of an expired session', { expiresAt: LATER }, { at: LATER.getTime() + 4000 }],
      ['at the very end of a session', { expiresAt: LATER }, { at: LATER.getTime() }],
    ])('refuses a rotation %s and changes nothing [D2]', async (_, overrides, rotation) => {
      const session = await insert(overrides);
      expect(await rotate(session, rotation)).toBeUndefined();
      expect(await stored(session.id)).toEqual(session);
    });

    test('refuses to rotate a session that is not there', async () => {
      expect(await rotate(aSession())).toBeUndefined();
    });

    test('lets exactly one of 50 parallel rotations of one generation over two stores win [D2]', async () => {
      const stores = [fixture().store, await fixture().another()];
      for (let round = 0; round < 5; round += 1) {
        const session = await insert({ generation: round });
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, i) =>
            (stores[i % 2] ?? fixture().store).sessions.rotate(
              session.id,
              buildRotation(session, { ipAddress: `10.0.0.${i}` }),
              testCall(),
            ),
          ),
        );
        const won = results.filter((result) => result !== undefined);
        expect(won).toHaveLength(1);
        expect(await stored(session.id)).toEqual(won[0]);
      }
    });

    test('of a rotation and an end in parallel, the end always holds', async () => {
      for (let round = 0; round < 20; round += 1) {
        const session = await insert();
        const end = { at: new Date(), reason: 'logout' as const };
        const [, ended] = await Promise.all([rotate(session), sessions().end(session.id, end, testCall())]);
        expect(ended).toBeDefined();
        expect((await stored(session.id))?.endReason).toBe('logout');
      }
    });
  });
}
