import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const MAP = ['--map', 'id=external_id', '--map', 'pw=password_hash'];

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let client: ReflectionClient;
beforeAll(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path, {});
  client = reflectionClient(service.grpcAddress);
}, 90_000);
afterAll(async () => {
  client.close();
  await service.stop();
  await directory.remove();
});

const postern = (...args: string[]) => runPostern(args, directory.path);
const login = (username: string) =>
  client.call('postern.auth.v1.AuthService/Login', { username, password: PASSWORD, deviceName: '' });

test('users import takes a CSV beside a running service, and its report can be mended and given again', async () => {
  const phc = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 3, parallelism: 1 });
  const lines = ['\ufeffid,email,username,pw', `1,ada@e.com,ada,"${phc}"`, `2,bad,bob,"${phc}"`, '3,carl@e.com', ''];
  await writeFile(join(directory.path, 'users.csv'), lines.join('\r\n'));
  const dry = await postern('users', 'import', 'users.csv', '--from', 'csv', ...MAP, '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([2, 'Would import 1, unchanged 0, refused 2\n']);
  await expect(login('ada')).rejects.toMatchObject({ code: 16 });

  const first = await postern('users', 'import', 'users.csv', '--from', 'csv', ...MAP, '--report', 'bad.ndjson');
  expect([first.code, first.stdout]).toEqual([2, 'Imported 1, unchanged 0, refused 2\n']);
  expect(first.stderr).toContain('line 3: email: INVALID_FIELDS.');
  expect(first.stderr).toContain('line 4: UNREADABLE. Must have as many columns');
  expect(await login('ada')).toMatchObject({ user: { externalId: '1', email: 'ada@e.com' } });

  const report = join(directory.path, 'bad.ndjson');
  expect((await stat(report)).mode & 0o777).toBe(0o600);
  const rows = (await readFile(report, 'utf8')).trim().split('\n');
  const unreadable = rows.filter((row) => row.includes('UNREADABLE'));
  expect(unreadable.map((row) => JSON.parse(row))).toMatchObject([
    { refused: { at: 'line 4', fields: { external_id: '3', email: 'carl@e.com' } } },
  ]);
  // What was not mended is not taken for an account without a password.
  const untouched = await postern('users', 'import', 'bad.ndjson', '--from', 'ndjson');
  expect([untouched.code, untouched.stdout]).toEqual([2, 'Imported 0, unchanged 0, refused 2\n']);
  const mended = rows.filter((row) => !unreadable.includes(row)).map((row) => row.replace('"bad"', '"bob@e.com"'));
  await writeFile(join(directory.path, 'mended.ndjson'), mended.join('\n'));
  const second = await postern('users', 'import', 'mended.ndjson', '--from', 'ndjson');
  expect([second.code, second.stdout]).toEqual([0, 'Imported 1, unchanged 0, refused 0\n']);
  expect(await login('bob')).toMatchObject({ user: { externalId: '2' } });

  const again = await postern('users', 'import', 'users.csv', '--from', 'csv', ...MAP, '--json');
  expect(JSON.parse(again.stdout)).toEqual({ imported: 0, unchanged: 1, refused: 2, dryRun: false });
}, 60_000);

test('users export is asked for twice, audited, and gives the same accounts to an empty store', async () => {
  for (const args of [[], ['--with-password-hashes'], ['--yes']]) {
    const { code, stdout } = await postern('users', 'export', ...args);
    expect([code, stdout]).toEqual([1, '']);
  }
  const args = ['users', 'export', '--with-password-hashes', '--yes', '--out', 'all.ndjson'];
  expect((await postern(...args)).code).toBe(0);
  const file = join(directory.path, 'all.ndjson');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await postern(...args)).stderr).toContain('is there already');
  const exported = await readFile(file, 'utf8');
  expect(exported).toContain('"username":"ada"');
  expect((await postern('audit', '--type', 'user.exported')).stdout).toContain('cli');

  const other = await workingDirectory();
  try {
    const run = (...words: string[]) => runPostern(words, other.path);
    await writeFile(join(other.path, 'all.ndjson'), exported);
    const second = await startService(other.path, {});
    try {
      expect((await run('users', 'import', 'all.ndjson', '--from', 'ndjson')).code).toBe(0);
      const again = await run('users', 'export', '--with-password-hashes', '--yes');
      expect(again.stdout.split('\n').sort()).toEqual(exported.split('\n').sort());
    } finally {
      await second.stop();
    }
  } finally {
    await other.remove();
  }
}, 90_000);

test('users import says what is wrong with a file or an option, and imports nothing', async () => {
  await writeFile(join(directory.path, 'columns.csv'), 'id,mail\n1,a@e.com\n');
  await writeFile(join(directory.path, 'empty.csv'), '');
  for (const [args, fault] of [
    [['columns.csv', '--from', 'django'], /no column username, email, password; it has: id, mail/],
    [['columns.csv', '--from', 'csv', '--map', 'nummer=external_id'], /no column nummer/],
    [['columns.csv', '--from', 'csv', '--map', 'id=number'], /--map must be COLUMN=FIELD/],
    [['columns.csv', '--from', 'kratos', '--map', 'id=external_id'], /--map is for/],
    [['columns.csv', '--from', 'cvs'], /--from must be one of/],
    [['empty.csv', '--from', 'csv'], /is empty/],
    [['missing.csv', '--from', 'csv'], /missing.csv cannot be read: ENOENT/],
  ] as const) {
    const { code, stderr, stdout } = await postern('users', 'import', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(fault);
  }
}, 60_000);
