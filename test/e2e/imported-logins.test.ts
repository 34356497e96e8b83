import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportHints } from '../../src/auth/import/imported-hashes';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { ONE_OF_EACH_FORMAT } from '../support/crypto/imported-vectors';
import { onEachStore } from '../support/processes/on-each-store';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const ROWS = ONE_OF_EACH_FORMAT.map(({ format, password, hash, hints = {} }, n) => {
  const row = { external_id: `old-${n}`, email: `user-${n}@example.com`, username: `user-${n}`, password_hash: hash };
  return { format, password, row, hints };
});
const HINTS = [...new Set(ROWS.map(({ hints }) => JSON.stringify(hints)))].map(
  (text) => JSON.parse(text) as ImportHints,
);

/** Some defaults take a second even where nothing else runs. */
const REQUEST_TIMEOUT_SECONDS = '20';
const STORES = onEachStore({ REQUEST_TIMEOUT_SECONDS });

interface Running {
  readonly client: ReflectionClient;
  readonly service: Service;
  run(...args: string[]): ReturnType<typeof runPostern>;
  write(name: string, text: string): Promise<void>;
  close(): Promise<void>;
}

async function start(env: Readonly<Record<string, string>>): Promise<Running> {
  const directory = await workingDirectory();
  const service = await startService(directory.path, env);
  const client = reflectionClient(service.grpcAddress);
  return {
    client,
    service,
    run: (...args) => runPostern(args, directory.path, env),
    write: (name, text) => writeFile(join(directory.path, name), text),
    async close() {
      client.close();
      await service.stop();
      await directory.remove();
    },
  };
}

async function importRows({ run, write }: Running): Promise<void> {
  for (const [n, hints] of HINTS.entries()) {
    const rows = ROWS.filter((each) => JSON.stringify(each.hints) === JSON.stringify(hints));
    const args = ['users', 'import', `old-${n}.ndjson`, '--from', 'ndjson'];
    await write(`old-${n}.ndjson`, rows.map(({ row }) => JSON.stringify(row)).join('\n'));
    if (hints.firebase !== undefined) args.push('--hash-parameters', hints.firebase);
    if (hints.prehash !== undefined) args.push('--prehash', hints.prehash);
    if (hints.pepper !== undefined) {
      await write('pepper', hints.pepper);
      args.push('--pepper-file', 'pepper');
    }
    const moved = await run(...args);
    expect(moved).toMatchObject({ code: 0, stdout: `Imported ${rows.length}, unchanged 0, refused 0\n` });
  }
}

async function exportRows({ run }: Running): Promise<{ text: string; hashes: string[] }> {
  const { stdout } = await run('users', 'export', '--with-password-hashes', '--yes');
  const lines = stdout.trim().split('\n');
  return { text: stdout, hashes: lines.map((line) => (JSON.parse(line) as { password_hash: string }).password_hash) };
}

const logIn = ({ client }: Running, { row, password }: (typeof ROWS)[number], suffix = '') =>
  client.call('postern.auth.v1.AuthService/Login', { username: row.username, password: `${password}${suffix}` });

/** The unit tests refuse a wrong password of every format; a refusal here takes as long as the dearest of them. */
const REFUSALS = 3;

async function everybodyLogsIn(running: Running): Promise<void> {
  for (const [n, each] of ROWS.entries()) {
    if (n < REFUSALS) {
      const refused = await logIn(running, each, 'x').catch(({ code }) => code);
      expect([each.format, refused]).toEqual([each.format, 16]);
    }
    const accepted = await logIn(running, each).then(
      () => 'in',
      ({ code }) => code,
    );
    expect([each.format, accepted]).toEqual([each.format, 'in']);
  }
}

test.each(STORES)(
  'On %s every imported user logs in with the old password, which is argon2id from then on',
  async (_, env) => {
    const first = await start(env());
    let untouched: string;
    try {
      await importRows(first);
      const { text, hashes } = await exportRows(first);
      untouched = text;
      expect(hashes.filter((hash) => hash.startsWith('$argon2id$v=19$m=19456,'))).toEqual([]);
      await everybodyLogsIn(first);
      for (const hash of (await exportRows(first)).hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      for (const each of ROWS) await logIn(first, each);
    } finally {
      await first.close();
    }
    // What was exported before any user had logged in opens the accounts of an empty store just as well.
    const second = await start(env());
    try {
      await second.write('all.ndjson', untouched);
      const moved = await second.run('users', 'import', 'all.ndjson', '--from', 'ndjson');
      expect(moved).toMatchObject({ code: 0, stdout: `Imported ${ROWS.length}, unchanged 0, refused 0\n` });
      await everybodyLogsIn(second);
    } finally {
      await second.close();
    }
  },
  600_000,
);
