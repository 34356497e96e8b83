import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { type PosternAndCommand, startPosternAndCommand } from '../support/processes/postern-and-command';

const PASSWORD = 'an unusually long sentence';
const ROLES = 'user,moderator,admin,service';
const onEmbedded = () => ({ ROLES, SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe', REQUEST_TIMEOUT_SECONDS: '20' });
const onMongo = () => ({ ...onEmbedded(), DATABASE_URL: testDatabaseUrl() });

/** Sorted by username, without what an account does not keep on its way: its id. */
async function listAccounts({ run }: PosternAndCommand): Promise<object[]> {
  const { stdout } = await run('users', 'list', '--json');
  const { users } = JSON.parse(stdout) as { users: { username: string; id: string; externalId?: string }[] };
  return users.map(({ id: _, externalId: __, ...user }) => user).sort((a, b) => (a.username < b.username ? -1 : 1));
}

async function makeAccounts({ run, runWithInput }: PosternAndCommand): Promise<void> {
  const create = (username: string, ...args: string[]) =>
    runWithInput(
      `${PASSWORD}\n`,
      ...['users', 'create', '--email', `${username}@example.com`, '--username', username, '--password-stdin', ...args],
    );
  const made = [
    await create('ada', '--role', 'admin', '--role', 'moderator'),
    await create('bob'),
    await create('Carl-ö'),
    await run('users', 'set-email', 'bob', 'b.o.b@example.com', '--verified'),
    await run('users', 'disable', 'Carl-ö'),
    await run('service-accounts', 'create', 'robot'),
  ];
  expect(made.filter(({ code }) => code !== 0)).toEqual([]);
}

test.each([
  ['the embedded store', 'MongoDB', onEmbedded, onMongo],
  ['MongoDB', 'the embedded store', onMongo, onEmbedded],
] as const)(
  'What users export writes from %s gives %s the same accounts, with roles, flags and passwords',
  async (_, __, from, to) => {
    const [first, second] = await Promise.all([startPosternAndCommand(from()), startPosternAndCommand(to())]);
    try {
      await makeAccounts(first);
      for (const refused of [[], ['--yes'], ['--with-password-hashes']]) {
        expect(await first.run('users', 'export', ...refused)).toMatchObject({ code: 1, stdout: '' });
      }
      const options = ['--with-password-hashes', '--yes', '--out', 'users.ndjson'];
      expect(await first.run('users', 'export', ...options)).toMatchObject({ code: 0 });
      expect((await first.run('audit', '--type', 'user.exported')).stdout).toContain('user.exported');

      await second.write('users.ndjson', await readFile(join(first.directory, 'users.ndjson')));
      const moved = await second.run('users', 'import', 'users.ndjson', '--from', 'ndjson');
      expect(moved).toMatchObject({ code: 0, stdout: 'Imported 3, unchanged 0, refused 0\n' });
      const accounts = await listAccounts(second);
      expect(accounts).toEqual((await listAccounts(first)).filter((user) => !JSON.stringify(user).includes('robot')));
      expect(accounts).toMatchObject([
        { username: 'Carl-ö', active: false, roles: ['user'] },
        { username: 'ada', active: true, roles: ['admin', 'moderator'] },
        { username: 'bob', email: 'b.o.b@example.com', emailVerified: true },
      ]);
      for (const username of ['ada', 'bob']) {
        await expect(second.login(username, `${PASSWORD}!`)).rejects.toMatchObject({ code: 16 });
        expect(await second.login(username, PASSWORD)).toMatchObject({ user: { username } });
      }
      await expect(second.login('Carl-ö', PASSWORD)).rejects.toMatchObject({ code: 16 });
      expect((await second.run('users', 'enable', 'Carl-ö')).code).toBe(0);
      expect(await second.login('Carl-ö', PASSWORD)).toMatchObject({ user: { active: true } });
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  },
  300_000,
);
