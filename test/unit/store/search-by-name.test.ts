import { publicUser } from '../../../src/auth/accounts/users';
import { type NameIndexes, searchByName } from '../../../src/store/search-by-name';
import { aUser } from '../../support/domain/builders';

it('A search reads each user of the names that a page looks at once, and no other user', async () => {
  const users = Array.from({ length: 30 }, (_, n) =>
    aUser({ email: `crowd-${10 + n}@example.com`, username: `crowd-${10 + n}` }),
  );
  const read: string[] = [];
  const indexes: NameIndexes = {
    readNames: async (name, _start, limit) =>
      users.slice(0, limit).map((user) => ({ key: Buffer.from(user[name]), userId: user.id })),
    readUsers: async (ids) => {
      read.push(...ids);
      return new Map(users.filter(({ id }) => ids.includes(id)).map((user) => [user.id, publicUser(user)]));
    },
    buildKey: (user, name) => Buffer.from(user[name]),
  };
  const { found } = await searchByName({ prefix: 'crowd', after: undefined, limit: 10 }, indexes);
  const first = users.slice(0, 10).map(({ id }) => id);
  expect(found.map(({ user }) => user.id)).toEqual(first);
  expect(read.sort()).toEqual(first.sort());
});

it('A search passes over a user that was deleted since the names were read', async () => {
  const [there, gone] = ['a', 'b'].map((name) => aUser({ email: `${name}@example.com`, username: `gone-${name}` }));
  const users = [there, gone].map((user) => user as NonNullable<typeof user>);
  const indexes: NameIndexes = {
    readNames: async (name) =>
      name === 'email' ? [] : users.map(({ id, username }) => ({ key: Buffer.from(username), userId: id })),
    readUsers: async () => new Map(users.slice(0, 1).map((user) => [user.id, publicUser(user)])),
    buildKey: (user, name) => Buffer.from(user[name]),
  };
  const { found, next } = await searchByName({ prefix: 'gone', after: undefined, limit: 10 }, indexes);
  expect(found.map(({ user }) => user.id)).toEqual([there?.id]);
  expect(next).toBeUndefined();
});
