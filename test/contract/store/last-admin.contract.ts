import type { Users } from '../../../src/auth/accounts/users';
import type { Store } from '../../../src/store/store';
import { aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import type { OpenedStore, OpenFresh } from './opened-store';

type Removal = (users: Users, id: string) => Promise<unknown>;

const REMOVALS: Record<string, Removal> = {
  demoted: (users, id) => users.setRoles(id, ['user'], testCall()),
  disabled: (users, id) => users.setActive(id, false, testCall()),
  deleted: (users, id) => users.delete(id, testCall()),
};

export function lastAdminContract(open: OpenFresh): void {
  describe('The last active admin', () => {
    let fixture: OpenedStore;
    let stores: Store[];
    beforeAll(async () => {
      fixture = await open();
      stores = [fixture.store, await fixture.another()];
    });
    afterAll(() => fixture.destroy());
    const users = (i = 0) => (stores[i % 2] ?? fixture.store).users;

    const insert = async (overrides = {}) => {
      const user = aUser({ roles: ['user', 'admin'], ...overrides });
      await users().insert(user, testCall());
      return user.id;
    };
    const activeAdmins = async () => {
      const all = await users().list({ after: undefined, limit: 1000 }, testCall());
      return all.filter(({ active, roles }) => active && roles.includes('admin')).map(({ id }) => id);
    };
    /** Leaves exactly these active admins. */
    const onlyAdmins = async (...wanted: string[]) => {
      for (const id of wanted) await users().setRoles(id, ['user', 'admin'], testCall());
      for (const id of wanted) await users().setActive(id, true, testCall());
      for (const id of await activeAdmins()) {
        if (!wanted.includes(id)) await users().setRoles(id, ['user'], testCall());
      }
      expect((await activeAdmins()).sort()).toEqual([...wanted].sort());
    };

    test.each(Object.entries(REMOVALS))('cannot be %s', async (_, remove) => {
      const last = await insert();
      await onlyAdmins(last);
      const before = await users().findById(last, testCall());
      await expect(remove(users(), last)).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      expect(await users().findById(last, testCall())).toEqual(before);
    });

    test.each(Object.entries(REMOVALS))('is not the admin who is %s while there is another', async (_, remove) => {
      const [one, other] = [await insert(), await insert()];
      await onlyAdmins(one, other);
      await remove(users(), one);
      expect(await activeAdmins()).toEqual([other]);
    });

    test('may change in every way that leaves it an active admin', async () => {
      const last = await insert();
      await onlyAdmins(last);
      const changed = await users().setRoles(last, ['admin', 'moderator'], testCall());
      expect(changed.roles).toEqual(['admin', 'moderator']);
      await users().setActive(last, true, testCall());
    });

    test('is not an admin who is disabled: that one may be demoted, and deleted', async () => {
      const [last, disabled] = [await insert(), await insert()];
      await onlyAdmins(last, disabled);
      await users().setActive(disabled, false, testCall());
      await expect(users().setRoles(last, [], testCall())).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      await users().setRoles(disabled, ['user'], testCall());
      await users().delete(disabled, testCall());
    });

    test('is a person, whatever service accounts hold the role', async () => {
      const [only] = [await insert()];
      await onlyAdmins(only);
      const service = await insert({ kind: 'service', email: '', passwordHash: '' });
      for (const remove of Object.values(REMOVALS)) {
        await expect(remove(users(), only)).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      }
      await users().setRoles(service, ['user'], testCall());
    });

    test('is one who became admin or active again', async () => {
      const [one, other] = [await insert(), await insert({ roles: ['user'] })];
      await onlyAdmins(one);
      await users().setRoles(other, ['admin'], testCall());
      await users().setRoles(one, ['user'], testCall());
      await expect(users().delete(other, testCall())).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      await users().setActive(one, false, testCall());
      await users().setRoles(one, ['admin'], testCall());
      await expect(users().delete(other, testCall())).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      await users().setActive(one, true, testCall());
      await users().delete(other, testCall());
      expect(await activeAdmins()).toEqual([one]);
    });

    const kinds = Object.values(REMOVALS);
    const chooseKind = (i: number) => Object.keys(REMOVALS)[i % kinds.length];
    test.each(
      kinds.flatMap((_, i) => kinds.map((__, j) => [chooseKind(i), chooseKind(j), i, j] as const)),
    )('remains when the last two are %s and %s in parallel over two stores', async (_, __, i, j) => {
      for (let round = 0; round < 5; round += 1) {
        const [one, other] = [await insert(), await insert()];
        await onlyAdmins(one, other);
        const results = await Promise.allSettled([kinds[i]?.(users(0), one), kinds[j]?.(users(1), other)]);
        expect(await activeAdmins()).toHaveLength(1);
        const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
        expect(refused).toEqual(['LAST_ADMIN']);
      }
    });
  });
}
