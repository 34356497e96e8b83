import { publicUser } from '../../../src/auth/accounts/users';
import type { EndingSessions } from '../../../src/auth/sessions/stored-sessions';
import { anId, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function userChangesContract(open: OpenFresh): void {
  describe('Users that change', () => {
    const fixture = storeFixture(open);
    const users = () => fixture().store.users;
    const insert = async (overrides = {}) => {
      const user = aUser(overrides);
      await users().insert(user, testCall());
      return user;
    };
    const stored = (id: string) => users().findById(id, testCall());

    test('replaces the roles and raises the version', async () => {
      const user = await insert();
      const changed = await users().setRoles(user.id, ['moderator', 'user'], testCall());
      expect(changed).toEqual({ ...user, roles: ['moderator', 'user'], version: 2 });
      expect(await stored(user.id)).toEqual(changed);
    });

    test('keeps which sessions are ending, through any other change, until they are taken out [D9]', async () => {
      const user = await insert();
      const ending = (at: number): EndingSessions => ({
        id: anId(),
        at,
        reason: 'revoked',
        sessionIds: Array.from({ length: 1_000 }, () => anId()),
      });
      const [first, second] = [ending(1), ending(2)];
      const before = await Promise.all(
        [first, second].map((ending) => users().addEndingSessions(user.id, ending, testCall())),
      );
      expect(before.map(({ length }) => length).sort()).toEqual([0, 1]);
      const changed = await users().setRoles(user.id, ['user', 'moderator'], testCall());
      expect(changed).toEqual({ ...user, roles: ['user', 'moderator'], version: 2, endingSessions: expect.anything() });
      expect([...(changed.endingSessions ?? [])].sort((a, b) => a.at - b.at)).toEqual([first, second]);
      expect(publicUser(changed)).not.toHaveProperty('endingSessions');
      await users().removeEndingSessions(user.id, first.id, testCall());
      expect((await stored(user.id))?.endingSessions).toEqual([second]);
      for (const id of [second.id, second.id, anId()]) await users().removeEndingSessions(user.id, id, testCall());
      expect((await stored(user.id))?.endingSessions ?? []).toEqual([]);
      expect(await users().addEndingSessions(anId(), first, testCall())).toEqual([]);
      await users().removeEndingSessions(anId(), first.id, testCall());
    });

    test('raises the session epoch when a user is disabled, not when enabled', async () => {
      const user = await insert();
      const disabled = await users().setActive(user.id, false, testCall());
      expect(disabled).toEqual({ ...user, active: false, version: 2, sessionEpoch: 2 });
      const enabled = await users().setActive(user.id, true, testCall());
      expect(enabled).toEqual({ ...user, version: 3, sessionEpoch: 2 });
      expect(await stored(user.id)).toEqual(enabled);
    });

    test('disables again without harm', async () => {
      const user = await insert();
      await users().setActive(user.id, false, testCall());
      const again = await users().setActive(user.id, false, testCall());
      expect(again.active).toBe(false);
      expect(again.version).toBeGreaterThanOrEqual(2);
    });

    test('loses none of 20 parallel changes', async () => {
      const user = await insert();
      await Promise.all(Array.from({ length: 20 }, (_, i) => users().setRoles(user.id, [`r${i}`], testCall())));
      expect((await stored(user.id))?.version).toBe(21);
    });

    test('replaces the hash only while it is the expected one', async () => {
      const user = await insert();
      const change = { from: user.passwordHash, to: '$argon2id$new', voidSessions: false };
      expect(await users().replacePasswordHash(user.id, change, testCall())).toEqual({
        ...user,
        passwordHash: '$argon2id$new',
      });
      expect(await users().replacePasswordHash(user.id, change, testCall())).toBeUndefined();
      expect(await users().replacePasswordHash(anId(), change, testCall())).toBeUndefined();
    });

    test('raises the session epoch together with a new hash', async () => {
      const user = await insert();
      const change = { from: user.passwordHash, to: '$argon2id$other', voidSessions: true };
      const changed = await users().replacePasswordHash(user.id, change, testCall());
      expect(changed).toEqual({ ...user, passwordHash: '$argon2id$other', sessionEpoch: 2 });
      expect(await stored(user.id)).toEqual(changed);
    });

    test('of 20 parallel replacements of one hash exactly one wins', async () => {
      const user = await insert();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          users().replacePasswordHash(
            user.id,
            { from: user.passwordHash, to: `$argon2id$${i}`, voidSessions: true },
            testCall(),
          ),
        ),
      );
      const won = results.filter((result) => result !== undefined);
      expect(won).toHaveLength(1);
      expect(await stored(user.id)).toEqual(won[0]);
    });

    test('sets a new hash under the epoch and the email it was decided for, and raises the epoch', async () => {
      const user = await insert({ passwordHash: '' });
      const change = { to: '$argon2id$set', epoch: 1, email: user.email, provesEmail: false };
      const set = (changed: Partial<typeof change>, id = user.id) =>
        users().setPasswordHash(id, { ...change, ...changed }, testCall());
      expect(await set({ epoch: 2 })).toBeUndefined();
      expect(await set({ email: user.email.toUpperCase() })).toBeUndefined();
      expect(await set({}, anId())).toBeUndefined();
      expect(await stored(user.id)).toEqual(user);
      const first = await set({});
      expect(first).toEqual({ ...user, passwordHash: '$argon2id$set', sessionEpoch: 2 });
      expect(await set({})).toBeUndefined();
      const proved = await set({ to: '$argon2id$2', epoch: 2, provesEmail: true });
      expect(proved).toEqual({ ...user, passwordHash: '$argon2id$2', sessionEpoch: 3, emailVerified: true });
      const again = await set({ to: '$argon2id$3', epoch: 3 });
      expect(again).toEqual({ ...user, passwordHash: '$argon2id$3', sessionEpoch: 4, emailVerified: true });
      expect(await stored(user.id)).toEqual(again);
    });

    test('replaces the email under the epoch and the email it was decided for, and frees the old one', async () => {
      const user = await insert();
      const to = `New-${user.email}`;
      const change = { from: user.email, to, epoch: 1, verified: true };
      const replace = (changed: Partial<typeof change>, id = user.id) =>
        users().replaceEmail(id, { ...change, ...changed }, testCall());
      expect(await replace({ epoch: 2 })).toBeUndefined();
      expect(await replace({ from: user.email.toUpperCase() })).toBeUndefined();
      expect(await replace({}, anId())).toBeUndefined();
      expect(await stored(user.id)).toEqual(user);
      const changed = await replace({});
      expect(changed).toEqual({ ...user, email: to, emailVerified: true });
      expect(await users().findByEmail(to.toLowerCase(), testCall())).toEqual(changed);
      expect(await users().findByEmail(user.email, testCall())).toBeUndefined();
      const other = await insert({ email: user.email });
      const taken = { from: to, to: other.email.toUpperCase() };
      await expect(replace(taken)).rejects.toMatchObject({ reason: 'EMAIL_TAKEN' });
      expect(await stored(user.id)).toEqual(changed);
      expect(await users().findByEmail(other.email, testCall())).toEqual(other);
      const sameKey = await replace({ from: to, to: to.toUpperCase(), verified: false });
      expect(sameKey).toEqual({ ...user, email: to.toUpperCase(), emailVerified: false });
      expect(await users().findByEmail(to, testCall())).toEqual(sameKey);
    });

    test('lets one of 20 users who take one email in parallel have it', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => insert()));
      const to = `wanted-${all[0]?.email}`;
      const results = await Promise.allSettled(
        all.map(({ id, email }) => users().replaceEmail(id, { from: email, to, epoch: 1, verified: true }, testCall())),
      );
      const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
      expect(losers).toEqual(Array.from({ length: 19 }, () => 'EMAIL_TAKEN'));
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect((await users().findByEmail(to, testCall()))?.id).toBe(all[winner]?.id);
    });

    test('forgets a deleted user and frees the names', async () => {
      const user = await insert();
      await users().delete(user.id, testCall());
      expect(await stored(user.id)).toBeUndefined();
      expect(await users().findByEmail(user.email, testCall())).toBeUndefined();
      expect(await users().findByUsername(user.username, testCall())).toBeUndefined();
      const next = await insert({ email: user.email.toUpperCase(), username: user.username.toUpperCase() });
      expect(await users().findByEmail(user.email, testCall())).toEqual(next);
    });

    test('says USER_NOT_FOUND to every change of a user who is not there', async () => {
      const missing = { reason: 'USER_NOT_FOUND' };
      const user = await insert();
      await users().delete(user.id, testCall());
      for (const id of [anId(), user.id]) {
        await expect(users().setRoles(id, ['user'], testCall())).rejects.toMatchObject(missing);
        await expect(users().setActive(id, false, testCall())).rejects.toMatchObject(missing);
        await expect(users().setActive(id, true, testCall())).rejects.toMatchObject(missing);
        await expect(users().delete(id, testCall())).rejects.toMatchObject(missing);
      }
    });
  });
}
