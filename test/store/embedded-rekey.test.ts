import { join } from 'node:path';
import { Engine } from '../../src/store/embedded/engine/engine';
import { textKey } from '../../src/store/embedded/engine/keys';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { describeCollisions } from '../../src/store/name-collision';
import { aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';

const VERSION_KEY = textKey('nameKeysVersion');

/** A directory whose indexes hold the keys that an earlier version gave. */
async function oldStore(keys: readonly { readonly user: ReturnType<typeof aUser>; readonly username: string }[]) {
  const directory = await temporaryDirectory();
  const problems: unknown[] = [];
  const options = storeOptions({}, problems);
  await (await openEmbeddedStore(directory, options)).close();
  const engine = Engine.open(join(directory, 'data.mdb'), options);
  await engine.write(undefined, (tables) => {
    for (const { user, username } of keys) {
      tables.users.put(textKey(user.id), user);
      tables.emails.put(textKey(user.email), user.id);
      tables.usernames.put(textKey(username), user.id);
    }
    tables.counters.remove(VERSION_KEY);
  });
  await engine.close();
  return { open: () => openEmbeddedStore(directory, options), problems };
}

test('The embedded store brings names of earlier versions to the keys in force, once [A10]', async () => {
  const dotless = aUser({ username: 'alı' });
  const plain = Array.from({ length: 1_200 }, () => aUser());
  const { open, problems } = await oldStore([
    { user: dotless, username: 'ali' },
    ...plain.map((user) => ({ user, username: user.username })),
  ]);
  for (const _ of ['first start', 'second start']) {
    const store = await open();
    expect((await store.users.findByUsername('alı', testCall()))?.id).toBe(dotless.id);
    expect(await store.users.findByUsername('ali', testCall())).toBeUndefined();
    for (const user of plain.slice(-3)) {
      expect((await store.users.findByUsername(user.username, testCall()))?.id).toBe(user.id);
    }
    await store.close();
  }
  expect(problems).toEqual([]);
});

test('The embedded store takes a key that another name leaves, whatever the order [A10]', async () => {
  const [dotless, dotted] = [aUser({ username: 'alı' }), aUser({ username: 'ali' })];
  const { open, problems } = await oldStore([
    { user: dotted, username: 'a' },
    { user: dotless, username: 'ali' },
  ]);
  const store = await open();
  expect((await store.users.findByUsername('ali', testCall()))?.id).toBe(dotted.id);
  expect((await store.users.findByUsername('alı', testCall()))?.id).toBe(dotless.id);
  expect(problems).toEqual([]);
  await store.close();
});

test('The embedded store reports two users who have one name now, at every start until one is deleted [A10]', async () => {
  const [sharp, capital] = [aUser({ username: 'straße' }), aUser({ username: 'STRAẞE' })];
  const { open, problems } = await oldStore([
    { user: sharp, username: 'strasse' },
    { user: capital, username: 'straße' },
  ]);
  const report = ['Users have one name by the way in which names are compared now', expect.any(Error)];
  for (let starts = 1; starts <= 2; starts += 1) {
    const store = await open();
    expect(problems).toEqual(Array(starts).fill(report));
    expect((await store.users.findByUsername('STRASSE', testCall()))?.id).toBe(sharp.id);
    expect((await store.users.findById(capital.id, testCall()))?.username).toBe('STRAẞE');
    if (starts === 2) await store.users.delete(capital.id, testCall());
    await store.close();
  }
  const [, cause] = problems[0] as [string, Error];
  expect(cause.message).toBe(describeCollisions([{ userId: capital.id, field: 'username' }]));
  const store = await open();
  expect(problems).toHaveLength(2);
  expect((await store.users.findByUsername('STRAẞE', testCall()))?.id).toBe(sharp.id);
  await store.close();
});
