import { AuthError } from '../../../src/auth/errors';
import { anId, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function usersContract(open: OpenFresh): void {
  describe('Users', () => {
    const fixture = storeFixture(open);
    const users = () => fixture().store.users;
    const insert = async (overrides = {}) => {
      const user = aUser(overrides);
      await users().insert(user, testCall());
      return user;
    };

    test('brings back a user as it was inserted, by id, email and username', async () => {
      const user = await insert({ roles: ['user', 'admin'], emailVerified: true });
      expect(await users().findById(user.id, testCall())).toEqual(user);
      expect(await users().findByEmail(user.email, testCall())).toEqual(user);
      expect(await users().findByUsername(user.username, testCall())).toEqual(user);
    });

    test('finds no user in an empty store', async () => {
      expect(await users().findById(anId(), testCall())).toBeUndefined();
      expect(await users().findByEmail('nobody@example.com', testCall())).toBeUndefined();
      expect(await users().findByUsername('nobody-at-all', testCall())).toBeUndefined();
    });

    test.each([
      ['another case', 'Ada.Case@Example.com', 'aDA.cASE@eXAMPLE.COM'],
      ['a compatible form (NFKC)', 'ﬁona@example.com', 'fiona@example.com'],
      ['full case folding', 'strasse@example.com', 'STRAßE@example.com'],
      ['a final sigma', 'ΟΔΟΣ@example.com', 'οδος@example.com'],
      ['a composed letter', 'zoe\u0308@example.com', 'ZOË@example.com'],
    ])('finds and refuses an email that differs only by %s [A10]', async (_, given, other) => {
      const user = await insert({ email: given });
      expect(await users().findByEmail(other, testCall())).toEqual(user);
      await expect(insert({ email: other })).rejects.toMatchObject({ reason: 'EMAIL_TAKEN' });
    });

    test.each([
      ['another case', 'Grace.Hopper', 'gRACE.hOPPER'],
      ['a compatible form (NFKC)', 'ｗｉｄｅname', 'WIDEname'],
    ])('finds and refuses a username that differs only by %s [A10]', async (_, given, other) => {
      const user = await insert({ username: given });
      expect(await users().findByUsername(other, testCall())).toEqual(user);
      await expect(insert({ username: other })).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
    });

    test('says EMAIL_TAKEN when email and username are both taken', async () => {
      const { email, username } = await insert();
      await expect(insert({ email, username })).rejects.toMatchObject({ reason: 'EMAIL_TAKEN' });
      const other = await insert();
      await expect(insert({ email: other.email, username })).rejects.toMatchObject({ reason: 'EMAIL_TAKEN' });
    });

    test('leaves nothing of a refused user behind', async () => {
      const { email, username } = await insert();
      const refused = aUser({ email });
      await expect(users().insert(refused, testCall())).rejects.toBeInstanceOf(AuthError);
      expect(await users().findById(refused.id, testCall())).toBeUndefined();
      await insert({ username: refused.username });
      const second = aUser({ username });
      await expect(users().insert(second, testCall())).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
      await insert({ email: second.email });
    });

    test('lets exactly one of 50 parallel inserts of one email over two stores win [A10]', async () => {
      const stores = [fixture().store, await fixture().another()];
      const same = Array.from({ length: 50 }, (_, i) => aUser({ email: i % 2 ? 'Race@x.org' : 'race@X.ORG' }));
      const results = await Promise.allSettled(
        same.map((user, i) => (stores[i % 2] ?? fixture().store).users.insert(user, testCall())),
      );
      const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
      expect(losers).toEqual(Array.from({ length: 49 }, () => 'EMAIL_TAKEN'));
      const winner = same[results.findIndex(({ status }) => status === 'fulfilled')];
      expect(await users().findByEmail('RACE@x.org', testCall())).toEqual(winner);
    });

    test('lets exactly one of 50 parallel inserts of one username win [A10]', async () => {
      const same = Array.from({ length: 50 }, (_, i) => aUser({ username: i % 2 ? 'Racer' : 'rACER' }));
      const results = await Promise.allSettled(same.map((user) => users().insert(user, testCall())));
      const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
      expect(losers).toEqual(Array.from({ length: 49 }, () => 'USERNAME_TAKEN'));
    });

    test('sees from another store at once what was acknowledged', async () => {
      const another = await fixture().another();
      for (let round = 0; round < 20; round += 1) {
        const user = await insert();
        expect(await another.users.findByEmail(user.email, testCall())).toEqual(user);
        const changed = await another.users.setRoles(user.id, ['moderator'], testCall());
        expect(await users().findById(user.id, testCall())).toEqual(changed);
      }
    });
  });
}
