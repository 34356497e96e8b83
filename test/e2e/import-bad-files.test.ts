import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onEachStore } from '../support/processes/on-each-store';
import { type PosternAndCommand, startPosternAndCommand } from '../support/processes/postern-and-command';

const SALT = 'c29tZXNhbHRzb21lc2FsdA';
const DIGEST = 'A'.repeat(43);
const argon2 = (memory: number) => `$argon2id$v=19$m=${memory},t=1,p=1$${SALT}$${DIGEST}`;
const bcrypt = (cost: number) => `$2b$${cost}$${'a'.repeat(21)}O${'b'.repeat(30)}u`;
const pbkdf2 = (rounds: number) => `pbkdf2_sha256$${rounds}$salt$${DIGEST}=`;
const scrypt = (log2N: number) => `$scrypt$ln=${log2N},r=8,p=1$${SALT}$${DIGEST}`;

const AT_THE_BOUNDS = [argon2(256 * 1024), bcrypt(15), pbkdf2(10_000_000), scrypt(18)];
const OVER_THE_BOUNDS = [argon2(256 * 1024 + 1), bcrypt(16), pbkdf2(10_000_001), scrypt(19)];

const row = (id: number | string, passwordHash: string, more: object = {}) =>
  JSON.stringify({
    external_id: `${id}`,
    email: `u${id}@e.com`,
    username: `u${id}`,
    password_hash: passwordHash,
    ...more,
  });

interface Refused {
  readonly external_id?: string;
  readonly refused: { readonly at: string; readonly field: string; readonly reason: string; readonly text?: string };
}

async function readReport({ directory }: PosternAndCommand, name: string): Promise<Refused[]> {
  const text = await readFile(join(directory, name), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Refused]));
}

describe.each(onEachStore({ REQUEST_TIMEOUT_SECONDS: '20' }))('On %s', (_, env) => {
  let postern: PosternAndCommand;
  beforeAll(async () => {
    postern = await startPosternAndCommand(env());
  }, 120_000);
  afterAll(() => postern.close());

  const users = async () => JSON.parse((await postern.run('users', 'list', '--json')).stdout).users as object[];

  test('users import names line, field and reason of a bad row, takes the rest, and its mended report', async () => {
    const lines = [
      ...OVER_THE_BOUNDS.map((hash, n) => row(`over${n}`, hash)),
      ...AT_THE_BOUNDS.map((hash, n) => row(`at${n}`, hash)),
      row('huge', argon2(1_024), { note: 'x'.repeat(200_000) }),
      row('after-huge', argon2(1_024)),
      '',
      row('no-mail', argon2(1_024), { email: 'u@' }),
      row('cut', argon2(1_024).slice(0, -23)),
      row('last', argon2(1_024)).slice(0, -9),
    ];
    await postern.write('bad.ndjson', `\ufeff${lines.join('\r\n')}`);
    const args = ['users', 'import', 'bad.ndjson', '--from', 'ndjson'];
    const { code, stdout, stderr } = await postern.run(...args, '--report', 'refused.ndjson');
    expect([code, stdout]).toEqual([2, 'Imported 5, unchanged 0, refused 8\n']);
    expect(stderr).toContain('line 1: password_hash: HASH_TOO_COSTLY.');
    const refused = await readReport(postern, 'refused.ndjson');
    expect(refused.map(({ refused: { at, field, reason } }) => [at, field, reason]).sort()).toEqual(
      [
        ...[1, 2, 3, 4].map((line) => [`line ${line}`, 'password_hash', 'HASH_TOO_COSTLY']),
        ['line 9', '', 'UNREADABLE'],
        ['line 12', 'email', 'INVALID_FIELDS'],
        ['line 13', 'password_hash', 'HASH_UNKNOWN'],
        ['line 14', '', 'UNREADABLE'],
      ].sort(),
    );
    expect(refused.find(({ refused: { at } }) => at === 'line 14')?.refused.text).toBe(lines.at(-1));
    expect(await users()).toHaveLength(5);

    const again = await postern.run(...args);
    expect([again.code, again.stdout]).toEqual([2, 'Imported 0, unchanged 5, refused 8\n']);

    const mended = refused
      .filter((each) => each.external_id !== undefined)
      .map((each) => ({ ...each, email: `m${each.external_id}@e.com`, password_hash: argon2(2_048) }));
    await postern.write('mended.ndjson', mended.map((each) => JSON.stringify(each)).join('\n'));
    const second = await postern.run('users', 'import', 'mended.ndjson', '--from', 'ndjson');
    expect([second.code, second.stdout]).toEqual([0, 'Imported 6, unchanged 0, refused 0\n']);
  }, 120_000);

  test('users import stores nothing of a file that it cannot read as what --from says', async () => {
    const before = await users();
    const csv = `external_id,email,username,password_hash\n1,a1@e.com,a1,"${argon2(1_024)}"\n`;
    const realm = JSON.stringify({ realm: 'shop', users: [{ id: '1', username: 'a1', email: 'a1@e.com' }] });
    for (const [from, content, expected, exit] of [
      ['csv', gzipSync(csv), 'gunzip -c FILE | postern users import - --from FORMAT', 1],
      ['ndjson', gzipSync(row(1, '')), 'gunzip -c FILE | postern users import', 1],
      ['csv', '', 'The export is empty', 1],
      ['keycloak', '', 'The export is empty', 1],
      ['csv', 'external_id,email,username,password_hash\n', 'holds no user; is --from right?', 1],
      ['csv', csv.replace('password_hash', 'password'), 'give --map password=password_hash', 1],
      ['ndjson', row(1, 'x').replace('password_hash', 'pw'), 'give --map pw=password_hash', 1],
      ['csv', csv.replace('username', 'email'), 'two columns email', 1],
      ['csv', Buffer.from(`\ufeff${csv}`, 'utf16le'), 'UTF-16', 1],
      ['supabase', csv, 'no column id, encrypted_password; it has: external_id', 1],
      ['firebase', realm, 'no column localId; it has: id, username, email', 1],
      ['kratos', realm, 'is --from right?', 2],
      ['ndjson', csv, 'is --from right?', 2],
      ['ndjson', JSON.stringify(JSON.parse(realm), null, 2), 'is --from right?', 2],
      ['csv', `${row(1, '')}\n${row(2, '')}\n`, 'is --from right?', 2],
      ['keycloak', csv, 'is --from right?', 2],
      ['auth0', csv, 'is --from right?', 2],
    ] as const) {
      await postern.write('wrong', content);
      const { code, stderr } = await postern.run('users', 'import', 'wrong', '--from', from);
      expect([from, String(content).slice(0, 40), stderr, code]).toEqual([
        from,
        String(content).slice(0, 40),
        expect.stringContaining(expected),
        exit,
      ]);
    }
    expect(await users()).toEqual(before);
  }, 240_000);

  test.each([
    ['keycloak', '{"realm":"shop","users":[', '"username":', ',"credentials":[]', 'after user 3'],
    ['kratos', '[', '"traits":{"username":', ',"email":"EMAIL"},"schema_id":"default"', 'after user 3'],
  ])(
    'users import takes what stands before the place where an export of %s is cut off',
    async (from, head, name, tail, at) => {
      const user = (n: number) => {
        const email = `cut-${from}-${n}@e.com`;
        const id = `"id":"${from}-${n}","email":"${email}"`;
        return `{${id},${name}"cut-${from}-${n}"${tail.replace('EMAIL', email)}}`;
      };
      const text = `${head}${[1, 2, 3, 4].map(user).join(',')}`;
      await postern.write('cut.json', text.slice(0, -12));
      const { code, stdout, stderr } = await postern.run('users', 'import', 'cut.json', '--from', from);
      expect([code, stdout]).toEqual([2, 'Imported 3, unchanged 0, refused 1\n']);
      expect(stderr).toContain(`${at}: UNREADABLE. The file ends before its JSON does`);
    },
    60_000,
  );
});
