import { describeCollisions } from '../../src/store/name-collision';
import { aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { openFreshOn } from '../support/mongo/mongo-opened-store';

/** A database whose users have the username keys that an earlier version gave. */
async function oldStore(keys: readonly { readonly user: ReturnType<typeof aUser>; readonly usernameKey: string }[]) {
  const url = testDatabaseUrl();
  const opened = await openFreshOn(() => url)();
  const client = mongoClient(url);
  const database = client.db(new URL(url.replace(/^mongodb:/, 'http:').replace(/,[^/]*/, '')).pathname.slice(1));
  // One after the other under a key of their own first: what an earlier version distinguished may be one name now.
  for (const { user, usernameKey } of keys) {
    await opened.store.users.insert({ ...user, username: `u-${user.id}` }, testCall());
    await database
      .collection('users')
      .updateOne({ _id: user.id as never }, { $set: { username: user.username, usernameKey } });
  }
  await database.collection('schema_versions').deleteMany({});
  return {
    ...opened,
    close: async () => {
      await client.close();
      await opened.destroy();
    },
  };
}

test('MongoDB brings names of earlier versions to the keys in force, whatever their order [A10]', async () => {
  const [dotless, dotted] = [aUser({ username: 'alı' }), aUser({ username: 'ALİ' })];
  const { another, problems, close } = await oldStore([
    { user: dotted, usernameKey: 'alı' },
    { user: dotless, usernameKey: 'ali' },
  ]);
  for (const _ of ['first start', 'second start']) {
    const { users } = await another();
    expect((await users.findByUsername('alı', testCall()))?.id).toBe(dotless.id);
    expect((await users.findByUsername('ali\u0307', testCall()))?.id).toBe(dotted.id);
    expect(await users.findByUsername('ali', testCall())).toBeUndefined();
  }
  expect(problems).toEqual([]);
  await close();
});

test('MongoDB reports two users who have one name now, at every start until one is deleted [A10]', async () => {
  const [sharp, capital] = [aUser({ username: 'straße' }), aUser({ username: 'STRAẞE' })];
  const { another, problems, close } = await oldStore([
    { user: sharp, usernameKey: 'strasse' },
    { user: capital, usernameKey: 'straße' },
  ]);
  for (let starts = 1; starts <= 2; starts += 1) {
    const { users } = await another();
    expect(problems).toHaveLength(starts);
    expect((await users.findByUsername('STRASSE', testCall()))?.id).toBe(sharp.id);
    expect((await users.findById(capital.id, testCall()))?.username).toBe('STRAẞE');
    if (starts === 2) await users.delete(capital.id, testCall());
  }
  const [[, cause]] = problems as [[string, Error]];
  expect(cause.message).toBe(describeCollisions([{ userId: capital.id, field: 'username' }]));
  await another();
  expect(problems).toHaveLength(2);
  await close();
});
