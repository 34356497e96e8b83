import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reflectionClient } from '../support/clients/reflection-client';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { runPostern, startService, workingDirectory } from '../support/processes/service-process';
import vectors from '../unit/crypto/vectors/imported-hashes.json';

interface Vector {
  readonly format: string;
  readonly password: string;
  readonly hash: string;
  readonly hints?: object;
}

/** One of each format that needs no hint. */
const ROWS = (vectors as readonly Vector[])
  .filter(({ hints }, n, all) => hints === undefined && all.findIndex(({ format }) => format === all[n]?.format) === n)
  .map(({ format, password, hash }, n) => {
    const row = { external_id: `old-${n}`, email: `user-${n}@example.com`, username: `user-${n}`, password_hash: hash };
    return { format, password, row };
  });

test.each([
  ['the embedded store', {}],
  ['MongoDB', { DATABASE_URL: testDatabaseUrl(), SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' }],
] as const)(
  'On %s everybody who was imported logs in with the old password, which is argon2id from then on',
  async (_, store) => {
    const directory = await workingDirectory();
    const service = await startService(directory.path, store);
    const client = reflectionClient(service.grpcAddress);
    const login = ({ row, password }: (typeof ROWS)[number], suffix = '') =>
      client.call('postern.auth.v1.AuthService/Login', { username: row.username, password: `${password}${suffix}` });
    const exported = async () => {
      const args = ['users', 'export', '--with-password-hashes', '--yes'];
      const { stdout } = await runPostern(args, directory.path, store);
      const lines = stdout.trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { password_hash: string }).password_hash);
    };
    try {
      await writeFile(join(directory.path, 'old.ndjson'), ROWS.map(({ row }) => JSON.stringify(row)).join('\n'));
      const moved = await runPostern(['users', 'import', 'old.ndjson', '--from', 'ndjson'], directory.path, store);
      expect(moved).toMatchObject({ code: 0, stdout: `Imported ${ROWS.length}, unchanged 0, refused 0\n` });
      expect((await exported()).filter((hash) => hash.startsWith('$argon2id$v=19$m=19456,'))).toEqual([]);
      for (const each of ROWS) {
        expect([each.format, await login(each, 'x').catch(({ code }) => code)]).toEqual([each.format, 16]);
        await login(each);
      }
      for (const hash of await exported()) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      for (const each of ROWS) await login(each);
    } finally {
      client.close();
      await service.stop();
      await directory.remove();
    }
  },
  180_000,
);
