import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FORMATS } from '../../../src/cli/import/formats';
import { openExport } from '../../../src/cli/import/open-export';
import { type ReadRow, readRow } from '../../../src/cli/import/read-record';

const BCRYPT = '$2b$04$DoZdEmLkR3Td1mvoENKYde9mbs0zACB.hu1QuxnvfrVgoaRWvufk.';

type Read = ReadRow | { readonly at: string; readonly fault: string };

async function* inPieces(text: string, size = 7): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function readAll(name: string, text: AsyncIterable<string>): Promise<Read[]> {
  const format = FORMATS[name];
  if (format === undefined) throw new Error('no such format');
  const rows: Read[] = [];
  for await (const record of format.read(text)) {
    rows.push('fault' in record ? { at: record.at, fault: record.fault } : readRow(format.toRaw(record.fields)));
  }
  return rows;
}

const ADA = { email: 'ada@example.com', username: 'ada', emailVerified: true, roles: [] };
const BOB = { email: 'bob@example.com', username: 'bob', emailVerified: false, active: false, passwordHash: '' };

test.each([
  [
    'keycloak',
    'keycloak-realm.json',
    {
      active: true,
      createdAt: new Date(1_685_611_200_000),
      passwordHash: expect.stringMatching(
        /^\{"credentialData":\{"hashIterations":2000,.*\},"secretData":\{"value":"9wAa3I.*","salt":"T0mn1X.*\}\}$/,
      ),
    },
    {},
  ],
  [
    'auth0',
    'auth0.ndjson',
    { externalId: '60425dc43519d90068f82973', passwordHash: BCRYPT, createdAt: new Date('2021-03-05T16:34:44Z') },
    {
      externalId: 'auth0|2',
      username: 'bob.example.com',
      passwordHash: expect.stringMatching(/^\{"algorithm":"pbkdf2","hash":\{/),
    },
  ],
  [
    'firebase',
    'firebase-users.json',
    {
      username: 'ada.example.com',
      passwordHash: expect.stringMatching(/^\{"passwordHash":"qmnmgY.*","salt":"MDEyMzQ1Njc4OQ=="\}$/),
      createdAt: new Date(1_558_970_400_000),
    },
    { username: 'bob.example.com' },
  ],
  [
    'supabase',
    'supabase-auth-users.csv',
    {
      username: 'ada.example.com',
      active: true,
      passwordHash: BCRYPT,
      createdAt: new Date('2023-01-02T03:04:05.678Z'),
    },
    { username: 'bob.example.com' },
  ],
  [
    'django',
    'django-auth-user.csv',
    {
      externalId: '1',
      emailVerified: false,
      active: true,
      passwordHash: 'pbkdf2_sha256$1000000$F3seNSD63E6vZRkbOIA6Mu$BI26fo09zs5kjP2VdsE8vGlFefJSSqE+N537cGMwgEc=',
      createdAt: new Date('2022-05-06T07:08:09.123Z'),
    },
    { externalId: '2' },
  ],
  [
    'kratos',
    'kratos-identities.json',
    { passwordHash: BCRYPT, createdAt: new Date('2023-02-03T04:05:06.789Z') },
    { username: 'bob.example.com' },
  ],
])('The reader of %s reads the accounts of %s', async (format, file, ada, bob) => {
  const input = createReadStream(join(__dirname, 'exports', file), { encoding: 'utf8', highWaterMark: 13 });
  expect(await readAll(format, input)).toMatchObject([{ row: { ...ADA, ...ada } }, { row: { ...BOB, ...bob } }]);
});

test.each([
  [
    'csv',
    'external_id,email,username\r\n1,a@e.com,ada\r\n\r\n2,b@e.com\r\n3,c@e.com,"carl\r\n',
    [1, 'line 4', 'line 6'],
  ],
  ['csv', '"external_id";"username"\n1;ada\n2;"b""ob"\n3;x"y\n4;dora\n', [1, 1, 'line 4', 1]],
  ['csv', 'external_id,username\n1,ada\n2,"b"ob\n3,carl\n', [1, 'line 3']],
  ['csv', `external_id,username\n1,ada\n2,${'x'.repeat(300_000)}\n3,carl\n`, [1, 'line 3']],
  ['csv', '{"external_id":"1"}\n{"external_id":"2"}\n', ['line 1']],
  [
    'ndjson',
    '{"external_id":"1"}\r\n\r\n[2]\nnull\n{"external_id":"3"}\n{"external_id":"4',
    [1, 'line 3', 'line 4', 1, 'line 6'],
  ],
  ['ndjson', `{"external_id":"1"}\n${'x'.repeat(300_000)}\n{"external_id":"3"}\n`, [1, 'line 2', 1]],
  ['keycloak', '{"users":[{"id":"1"},7,{"id":"3"},{"i', [1, 'user 2', 1, 'after user 3']],
  ['keycloak', '{"users":[{"id":"1"}}]', [1, 'after user 1']],
  ['kratos', '', ['after user 0']],
])('The reader of %s says where a broken file is broken, and reads what else it can [%#]', async (format, text, expected) => {
  for (const size of [3, 1_000_000]) {
    const rows = await readAll(format, inPieces(text, size));
    expect(rows.map((row) => ('row' in row ? 1 : 'at' in row ? row.at : row))).toEqual(expected);
  }
});

test.each([
  ['active', 'maybe'],
  ['email_verified', 2],
  ['roles', [1]],
  ['created_at', 'yesterday'],
  ['created_at', '2023-13-01'],
  ['email', { a: 1 }],
] as const)('A record whose %s is %j is refused by its field', (field, value) => {
  expect(readRow({ external_id: '1', [field]: value })).toMatchObject({ field });
});

test.each([
  [';', '1;a@e.com;$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
  ['\t', '1\ta@e.com\t$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
  [',', '1,a@e.com,x;y\tz'],
])('The delimiter %j of the first line of a CSV is the only one', async (delimiter, line) => {
  const names = ['external_id', '"email"', 'password_hash'].join(delimiter);
  const passwordHash = line.split(delimiter)[2];
  for (const size of [3, 1_000]) {
    expect(await readAll('csv', inPieces(`\n${names}\n${line}`, size))).toMatchObject([
      { row: { externalId: '1', email: 'a@e.com', passwordHash } },
    ]);
  }
});

test('A CSV with two columns of one name is not read', async () => {
  await expect(readAll('csv', inPieces('id,email,id\n1,a@e.com,2\n'))).rejects.toThrow('two columns id;');
});

test.each([
  ['external_id', 2 ** 60, 'too large'],
  ['username', 'J\ufffdrg', 'not UTF-8'],
])('A record whose %s is %j is refused, since it is not what the origin had', (field, value, fault) => {
  const record = { external_id: '1', email: 'a@e.com', [field]: value };
  expect(readRow(record)).toMatchObject({ field, fault: expect.stringContaining(fault) });
});

test.each([
  ['2023-01-02 03:04:05+02', '2023-01-02T01:04:05.000Z'],
  ['2023-01-02 03:04:05.6789 UTC', '2023-01-02T03:04:05.678Z'],
  ['2023-01-02', '2023-01-02T00:00:00.000Z'],
  [1_600_000_000, '2020-09-13T12:26:40.000Z'],
  ['1600000000000', '2020-09-13T12:26:40.000Z'],
  ['2023-01-02T03:04:05-0330', '2023-01-02T06:34:05.000Z'],
])('The time %j is %s', (value, time) => {
  const read = readRow({ external_id: '1', created_at: value });
  expect('row' in read && read.row.createdAt?.toISOString()).toBe(time);
});

test('An export without its byte order mark is what is read, and an empty or missing one is said to be', async () => {
  const text = async (bytes: Buffer[]) => {
    const stdin = (async function* () {
      yield* bytes;
    })() as never;
    let all = '';
    for await (const piece of (await openExport('-', { stdin })).text) all += piece;
    return all;
  };
  expect(await text([Buffer.from('\ufeffa\u00e9').subarray(0, 5), Buffer.from('\u00e9').subarray(1)])).toBe('aé');
  await expect(text([])).rejects.toThrow('is empty');
  await expect(text([Buffer.from([0xff, 0xfe, 0x41, 0])])).rejects.toThrow('UTF-16');
  const [first, second] = [gzipSync('a').subarray(0, 1), gzipSync('a').subarray(1)];
  await expect(text([first, second])).rejects.toThrow('gunzip -c FILE | postern users import -');
  await expect(openExport('/nowhere/at-all', { stdin: process.stdin })).rejects.toThrow('ENOENT');
});
