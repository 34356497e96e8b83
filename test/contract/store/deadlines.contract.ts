import type { Call } from '../../../src/auth/call';
import { AuthError, CallEndedError } from '../../../src/auth/errors';
import type { Store } from '../../../src/store/store';
import { aMail, anEndedSessions, aSession, aSigningKey, aUser, LOGIN_LIMITS } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';
import { buildRotation } from './rotation.contract';

const LIMITS = { perSource: 1, perAccount: 1, windowSeconds: 900 };
const END = { at: new Date(), reason: 'revoked' as const };

const aToken = {
  id: 'x',
  purpose: 'password-reset',
  userId: 'x',
  address: 'x@example.com',
  epoch: 1,
  tokenHash: 'x',
  expiresAt: new Date(),
} as const;

const CALLS: Record<string, (store: Store, call: Call) => Promise<unknown>> = {
  'users.insert': (store, call) => store.users.insert(aUser({ email: 'late@example.com' }), call),
  'users.findById': (store, call) => store.users.findById('x', call),
  'users.findByEmail': (store, call) => store.users.findByEmail('x@example.com', call),
  'users.list': (store, call) => store.users.list({ after: undefined, limit: 9 }, call),
  'users.listPublic': (store, call) => store.users.listPublic({ after: undefined, limit: 9 }, call),
  'users.search': (store, call) => store.users.search({ prefix: 'x', after: undefined, limit: 9 }, call),
  'users.setRoles': (store, call) => store.users.setRoles('x', ['user'], call),
  'users.setActive': (store, call) => store.users.setActive('x', true, call),
  'users.delete': (store, call) => store.users.delete('x', call),
  'users.addEndingSessions': (store, call) =>
    store.users.addEndingSessions('x', { id: 'y', at: 1, reason: 'revoked', sessionIds: ['z'] }, call),
  'users.removeEndingSessions': (store, call) => store.users.removeEndingSessions('x', 'y', call),
  'users.replacePasswordHash': (store, call) =>
    store.users.replacePasswordHash('x', { from: '', to: '', voidSessions: false }, call),
  'users.setPasswordHash': (store, call) =>
    store.users.setPasswordHash('x', { to: '', epoch: 1, email: '', provesEmail: false }, call),
  'users.replaceEmail': (store, call) =>
    store.users.replaceEmail('x', { from: '', to: 'x@example.com', epoch: 1, verified: false }, call),
  'accountTokens.issue': (store, call) => store.accountTokens.issue(aToken, call),
  'accountTokens.find': (store, call) => store.accountTokens.find('x', call),
  'accountTokens.consume': (store, call) => store.accountTokens.consume('x', new Date(), call),
  'accountTokens.voidAll': (store, call) => store.accountTokens.voidAll('x', 'x', new Date(), call),
  'accountTokens.deleteAll': (store, call) => store.accountTokens.deleteAll('x', call),
  'mailLimits.take': (store, call) =>
    store.mailLimits.take('x', 'x', [{ count: 1, windowMs: 1_000 }], Date.now(), call),
  'sessions.insert': (store, call) => store.sessions.insert(aSession(), call),
  'sessions.find': (store, call) => store.sessions.find('x', call),
  'sessions.rotate': (store, call) => store.sessions.rotate('x', buildRotation(aSession()), call),
  'sessions.end': (store, call) => store.sessions.end('x', END, call),
  'sessions.listLive': (store, call) => store.sessions.listLive('x', { now: new Date() }, call),
  'sessions.listPublic': (store, call) => store.sessions.listPublic('x', { now: new Date() }, call),
  'sessions.listOpenIds': (store, call) => store.sessions.listOpenIds('x', call),
  'sessions.endMany': (store, call) => store.sessions.endMany(['x'], { at: new Date(), reason: 'revoked' }, call),
  'sessions.surplus': (store, call) =>
    store.sessions.surplus('x', { exceptId: 'y', keep: 0, atMost: 100 }, new Date(), call),
  'sessions.setEpoch': (store, call) => store.sessions.setEpoch('x', 2, call),
  'loginFailures.reserve': (store, call) => store.loginFailures.reserve('x', 'x', LIMITS, Date.now(), call),
  'loginFailures.release': (store, call) => store.loginFailures.release('x', 'x', Date.now(), call),
  'loginFailures.succeed': (store, call) => store.loginFailures.succeed('x', 'x', Date.now(), call),
  'loginFailures.clear': (store, call) => store.loginFailures.clear('x', call),
  'loginFailures.findLockout': (store, call) => store.loginFailures.findLockout('x', LOGIN_LIMITS, Date.now(), call),
  'revocationFeed.append': (store, call) => store.revocationFeed.append([anEndedSessions()], call),
  'auditLog.list': (store, call) =>
    store.auditLog.list({ userId: undefined, type: undefined, before: undefined, limit: 9 }, call),
  'signingKeys.list': (store, call) => store.signingKeys.list(call),
  'signingKeys.insert': (store, call) => store.signingKeys.insert(aSigningKey({ sequence: 99 }), call),
  'signingKeys.delete': (store, call) => store.signingKeys.delete('x', call),
  'mailOutbox.add': (store, call) => store.mailOutbox.add([aMail()], call),
  'mailOutbox.claim': (store, call) => store.mailOutbox.claim(1_000, call),
  'mailOutbox.finish': (store, call) => store.mailOutbox.finish({ mail: aMail(), attempt: 1 }, call),
  'mailOutbox.postpone': (store, call) => store.mailOutbox.postpone({ mail: aMail(), attempt: 1 }, 1, call),
  'mailOutbox.backlog': (store, call) => store.mailOutbox.backlog(call),
};

export function deadlinesContract(open: OpenFresh): void {
  describe('A call whose deadline has passed', () => {
    const fixture = storeFixture(open);

    test.each(Object.entries(CALLS))('is refused at once, and changes nothing: %s', async (_, work) => {
      const now = fixture().clock.now();
      const late = testCall({ arrivedAt: now - 5000, deadline: now - 1 });
      const error: unknown = await work(fixture().store, late).catch((cause: unknown) => cause);
      const isRefusal =
        error instanceof CallEndedError || (error instanceof AuthError && error.reason === 'STORE_UNAVAILABLE');
      expect([error, isRefusal]).toEqual([error, true]);
    });

    test('left nothing behind', async () => {
      const { users, signingKeys, loginFailures, mailOutbox } = fixture().store;
      expect(await users.findByEmail('late@example.com', testCall())).toBeUndefined();
      expect(await signingKeys.list(testCall())).toEqual([]);
      expect((await mailOutbox.backlog(testCall())).waiting).toBe(0);
      expect(await loginFailures.reserve('x', 'x', LIMITS, Date.now(), testCall())).toBeUndefined();
    });

    test('is not a ping in time', async () => {
      await expect(fixture().store.ping(5000)).resolves.toBeUndefined();
    });
  });

  describe('A deadline that is further away than a timer can wait', () => {
    const fixture = storeFixture(open);

    test.each([25, 49, 400])('by %i days does not end the call at once', async (days) => {
      const call = testCall({ deadline: fixture().clock.monotonic() + days * 86_400_000 });
      await fixture().store.loginFailures.reserve(`far-${days}`, 'x', LIMITS, Date.now(), call);
      expect(await fixture().store.users.findById('x', call)).toBeUndefined();
    });
  });

  describe('A closed store', () => {
    const fixture = storeFixture(open);

    test('says STORE_UNAVAILABLE', async () => {
      const { store } = fixture();
      await store.close();
      for (const work of [CALLS['users.insert'], CALLS['users.findById'], CALLS['sessions.rotate']]) {
        await expect(work?.(store, testCall())).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      }
      await expect(store.ping(1000)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      await store.close();
    });
  });
}
