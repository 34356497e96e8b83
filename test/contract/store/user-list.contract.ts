import { publicUser, type UserLabel } from '../../../src/auth/accounts/users';
import { anId, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function userListContract(open: OpenFresh): void {
  describe('The list of users', () => {
    const fixture = storeFixture(open);
    const list = async (limit = 1_000, after?: string, label?: UserLabel) => {
      const found = await fixture().store.users.list({ limit, after, label }, testCall());
      return found.map(({ id }) => id);
    };
    const insert = async (changes: Parameters<typeof aUser>[0]) => {
      const user = aUser(changes);
      await fixture().store.users.insert(user, testCall());
      return user.id;
    };

    test('pages through all users in the order of ids', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 25; i += 1) ids.push(await insert({ username: `pager-${24 - i}` }));
      expect(ids).toEqual([...ids].sort());
      expect((await list()).slice(-25)).toEqual(ids);
      expect(await list(5, ids[3])).toEqual(ids.slice(4, 9));
      expect(await list(10, ids[19])).toEqual(ids.slice(20));
      expect(await list(10, ids[24])).toEqual([]);
      expect(await list(0, ids[3])).toEqual([]);
    });

    test('of one role follows every change of roles', async () => {
      const { users } = fixture().store;
      const role = { role: 'pilot' };
      const [first = '', second = '', third = ''] = await Promise.all([
        insert({ roles: ['pilot', 'user'] }),
        insert({ roles: ['pilot'] }),
        insert({ roles: ['user'] }),
      ]);
      await insert({ roles: ['pilots'] });
      await insert({ roles: ['pilo'] });
      const order = (...ids: string[]) => ids.sort();
      expect(await list(10, undefined, role)).toEqual(order(first, second));
      expect(await list(1, undefined, role)).toEqual(order(first, second).slice(0, 1));
      expect(await list(10, order(first, second)[0], role)).toEqual(order(first, second).slice(1));
      await users.setRoles(third, ['user', 'pilot'], testCall());
      await users.setRoles(first, ['user'], testCall());
      expect(await list(10, undefined, role)).toEqual(order(second, third));
      await users.setActive(second, false, testCall());
      expect(await list(10, undefined, role)).toEqual(order(second, third));
      await users.delete(second, testCall());
      expect(await list(10, undefined, role)).toEqual([third]);
      expect(await list(10, undefined, { role: '\ud800' })).toEqual([]);
      expect(await list(10, undefined, { role: '' })).toEqual([]);
    });

    test('of service accounts has no person', async () => {
      const bot = await insert({ kind: 'service', email: '' });
      await insert({ username: 'person-1' });
      expect(await list(10, undefined, { kind: 'service' })).toEqual([bot]);
      expect(await list(10, bot, { kind: 'service' })).toEqual([]);
    });

    test('takes weird text as a position', async () => {
      for (const text of ['\0', '\ud800', '\uffff', '__proto__', 'x'.repeat(5000)]) {
        expect(Array.isArray(await list(10, text))).toBe(true);
        expect(Array.isArray(await list(10, text, { role: 'user' }))).toBe(true);
      }
    });

    test('reads the same users as callers see them', async () => {
      const { users } = fixture().store;
      await insert({ username: 'seen-1', kind: 'service', email: '', roles: ['seen'] });
      await insert({ username: 'seen-2', externalId: 'seen-2', importDigest: 'd', roles: ['seen'], active: false });
      await insert({ username: 'seen-3', emailVerified: true, roles: ['user', 'seen'] });
      for (const query of [
        { after: undefined, limit: 1_000 },
        { after: undefined, limit: 2, label: { role: 'seen' } },
        { after: anId(), limit: 10 },
        { after: undefined, limit: 0 },
      ]) {
        const stored = await users.list(query, testCall());
        expect(await users.listPublic(query, testCall())).toEqual(stored.map(publicUser));
      }
      const { found } = await users.search({ prefix: 'seen-', after: undefined, limit: 10 }, testCall());
      const seen = (await users.list({ after: undefined, limit: 10, label: { role: 'seen' } }, testCall())).map(
        publicUser,
      );
      expect(found.map(({ user }) => user)).toEqual(seen);
    });
  });
}
