import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Engine } from '../../src/store/embedded/engine/engine';
import { textKey } from '../../src/store/embedded/engine/keys';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { openStore } from '../../src/store/open-store';
import { StoreRefusedError } from '../../src/store/store';
import { aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';

describe('The directory of the embedded store', () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await temporaryDirectory();
    directory = join(parent, 'deep', 'data');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));
  const open = () => openEmbeddedStore(directory, storeOptions());
  const refusal = async () => {
    const error: unknown = await open().then(
      (store) => store.close(),
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(StoreRefusedError);
    return String(error);
  };
  const filled = async (users = 200) => {
    const store = await open();
    await Promise.all(Array.from({ length: users }, () => store.users.insert(aUser(), testCall())));
    await store.close();
    return join(directory, 'data.mdb');
  };

  test('is made where there is none, for its owner only, and so is what lies in it', async () => {
    const store = await openStore({ kind: 'embedded', directory }, storeOptions());
    expect(store).toMatchObject({ kind: 'embedded', description: directory });
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await store.close();
    for (const name of await readdir(directory)) {
      expect([name, ((await stat(join(directory, name))).mode & 0o077).toString(8)]).toEqual([name, '0']);
    }
  });

  test('may lie anywhere that a path may', async () => {
    directory = join(parent, `with space, ünïcode and .dot ${'x'.repeat(120)}`);
    await (await open()).close();
    await (await open()).close();
  });

  test('is refused when it is a file', async () => {
    await mkdir(join(parent, 'deep'));
    await writeFile(directory, 'a file');
    expect(await refusal()).toBe(
      `StoreRefusedError: The data directory ${directory} cannot be used: it is a file, or lies below one. Name a directory in DATABASE_URL (file:DIR).`,
    );
    expect(await readFile(directory, 'utf8')).toBe('a file');
  });

  test('is refused when it cannot be written', async () => {
    directory = '/sys/postern';
    expect(await refusal()).toMatch(/^StoreRefusedError: The data directory \/sys\/postern cannot be used: /);
  });

  test('is opened when free pages at the end of its data file were never written', async () => {
    await (await open()).close();
    const file = join(directory, 'data.mdb');
    const engine = Engine.open(file, storeOptions());
    const keys = Array.from({ length: 400 }, (_, n) => textKey(`user ${n + 100}`));
    // One transaction fills so many pages, the next frees them, and those after it take the first that are free.
    await engine.write(undefined, ({ users }) => {
      for (const key of keys) users.put(key, aUser());
    });
    await engine.write(undefined, ({ users }) => {
      for (const key of keys.slice(1)) users.remove(key);
    });
    for (let n = 0; n < 5; n += 1) await engine.write(undefined, ({ counters }) => counters.put(textKey('other'), n));
    await engine.close();
    const { size } = await stat(file);
    await truncate(file, size - 4096);
    const store = await open();
    expect(await store.users.list({ after: undefined, limit: 10 }, testCall())).toHaveLength(1);
    await store.close();
  });

  test.each<[string, (file: string) => Promise<unknown>]>([
    ['holds no LMDB data', (file) => writeFile(file, Buffer.alloc(100_000, 'not a database '))],
    ['is cut off after its first page', (file) => truncate(file, 4096)],
    ['is cut in half', async (file) => truncate(file, Math.floor((await stat(file)).size / 8192) * 4096)],
    [
      'has lost its head',
      async (file) => writeFile(file, Buffer.concat([Buffer.alloc(8192), (await readFile(file)).subarray(8192)])),
    ],
    ['has its middle overwritten', async (file) => writeFile(file, (await readFile(file)).fill('garbage ', 8192))],
  ])('is refused, not taken for an empty one, when the data file %s [G4]', async (_, damage) => {
    await damage(await filled());
    expect(await refusal()).toBe(
      `StoreRefusedError: The data directory ${directory} cannot be used: its data file is damaged, or is none of this program. Restore the directory from a backup, or name another one.`,
    );
  });

  test.each([
    0,
    2 ** 30,
  ])('is used, with a warning, when no process can be started to check it (small below %i)', async (smallBytes) => {
    await filled();
    const problems: string[] = [];
    const options = storeOptions({
      openedBy: 'service',
      onProblem: (problem, cause) => problems.push(`${problem}: ${String(cause)}`),
    });
    const limits = { smallBytes, budgetMs: 10_000, node: join(directory, 'no-such-node') };
    const store = await openEmbeddedStore(directory, options, limits);
    expect(await store.users.list({ after: undefined, limit: 1 }, testCall())).toHaveLength(1);
    await store.close();
    expect(problems).toEqual([
      'The data file was not checked for damage: Error: the data file was not checked: no process could be started (ENOENT)',
    ]);
  });

  test('is refused when a large file was cut off, and waits for no more than to know it [G4]', async () => {
    const file = await filled();
    const limits = { smallBytes: 0, budgetMs: 60_000 };
    const fatal: unknown[] = [];
    const options = storeOptions({ openedBy: 'service', onFatal: (cause) => fatal.push(cause) });
    const bytes = await readFile(file);
    const rows = bytes.indexOf('"passwordHash"') & ~4095;
    await writeFile(file, Buffer.from(bytes).fill('garbage ', rows, rows + 4096));
    // Damage of rows does not keep it from starting: it has not waited for the end of the walk.
    const store = await openEmbeddedStore(directory, options, limits);
    await eventually('the damage is found', () => fatal.length > 0);
    await store.close();
    await writeFile(file, bytes);
    await truncate(file, Math.floor(bytes.length / 8192) * 4096);
    await expect(openEmbeddedStore(directory, options, limits)).rejects.toThrow(StoreRefusedError);
  });

  test('is walked through later, when the start is over, where it is large, and at once where it is small', async () => {
    const file = await filled();
    const bytes = await readFile(file);
    const rows = bytes.indexOf('"passwordHash"') & ~4095;
    await writeFile(file, Buffer.from(bytes).fill('garbage ', rows, rows + 4096));
    const fatal: unknown[] = [];
    const options = storeOptions({ openedBy: 'service', onFatal: (cause) => fatal.push(cause) });
    const limits = { budgetMs: 60_000, pauseMs: 60_000 };
    const store = await openEmbeddedStore(directory, options, { ...limits, smallBytes: 0 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await store.close();
    expect(fatal).toEqual([]);
    const small = { ...limits, smallBytes: 2 ** 30 };
    await expect(openEmbeddedStore(directory, options, small)).rejects.toThrow(StoreRefusedError);
  });

  test('ends a service that serves already when the damage of a large file is found later [G4]', async () => {
    const file = await filled();
    const bytes = await readFile(file);
    // The pages with the rows of users, which nothing here reads.
    for (let at = bytes.indexOf('"passwordHash"'); at >= 0; at = bytes.indexOf('"passwordHash"')) {
      bytes.fill('garbage ', at & ~4095, (at & ~4095) + 4096);
    }
    await writeFile(file, bytes);
    const fatal: unknown[] = [];
    const options = storeOptions({ openedBy: 'service', onFatal: (cause) => fatal.push(cause) });
    const store = await openEmbeddedStore(directory, options, { smallBytes: 0, budgetMs: 0 });
    await eventually('the damage is found', () => fatal.length > 0);
    expect(String(fatal[0])).toMatch(/^StoreRefusedError: .*: its data file is damaged, or is none of this program/);
    await expect(store.users.findById('x', testCall())).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  test('is free again after it was refused [G4]', async () => {
    const file = await filled();
    const good = await readFile(file);
    await writeFile(file, Buffer.alloc(100_000, 'x'));
    await refusal();
    await writeFile(file, good);
    const store = await open();
    expect(await store.users.list({ after: undefined, limit: 500 }, testCall())).toHaveLength(200);
    await store.close();
  });

  describe('that changes under an open store', () => {
    const changes: [string, () => Promise<unknown>][] = [
      ['is removed', () => rm(directory, { recursive: true })],
      ['is removed with its parent', () => rm(join(parent, 'deep'), { recursive: true })],
      ['is renamed', () => rename(directory, `${directory}-elsewhere`)],
      [
        'is replaced by a copy of itself',
        async () => {
          await cp(directory, `${directory}-copy`, { recursive: true });
          await rename(directory, `${directory}-old`);
          await rename(`${directory}-copy`, directory);
        },
      ],
      ...['data.mdb', 'data.mdb-lock', 'service.mdb', 'service.mdb-lock'].map(
        (name): [string, () => Promise<unknown>] => [`loses ${name}`, () => rm(join(directory, name))],
      ),
    ];

    test.each(
      changes,
    )('ends the store within two seconds, though nothing is written, when it %s', async (_, change) => {
      const fatal: unknown[] = [];
      const store = await openEmbeddedStore(directory, storeOptions({ onFatal: (cause) => fatal.push(cause) }));
      await change();
      await eventually('the store has ended', () => fatal.length > 0, 2_000);
      expect(String(fatal[0])).toMatch(
        /^DataReplacedError: .*mdb(-lock)? was removed or replaced while the store was open$/,
      );
      await expect(store.users.findById('x', testCall())).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      await expect(store.ping(1_000)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      await store.close();
      expect(fatal).toHaveLength(1);
    });

    test.each(changes)('acknowledges no write when it %s', async (_, change) => {
      const problems: unknown[] = [];
      const store = await openEmbeddedStore(directory, storeOptions({}, problems));
      await store.users.insert(aUser(), testCall());
      await change();
      await expect(store.users.insert(aUser(), testCall())).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      expect(problems).toHaveLength(1);
      await store.close();
    });
  });

  test('that a tool works in may be removed as well: the tool says so and acknowledges nothing', async () => {
    const problems: unknown[] = [];
    const tool = await openEmbeddedStore(directory, storeOptions({ openedBy: 'tool' }, problems));
    await rm(directory, { recursive: true });
    await expect(tool.users.insert(aUser(), testCall())).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    expect(problems).toHaveLength(1);
    await tool.close();
  });
});
