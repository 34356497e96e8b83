import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { AdminServiceService } from '../../../src/gen/postern/auth/v1/admin_service';
import { AuthServiceService } from '../../../src/gen/postern/auth/v1/auth_service';
import { type AppCalls, appCalls } from '../../support/grpc/app-calls';
import { callRaw } from '../../support/grpc/stub-server';
import { type StartedApp, startApp } from '../../support/processes/start-app';

/** What may come back for nonsense. Never INTERNAL, never UNKNOWN. */
const REFUSALS = new Set([
  Code.INVALID_ARGUMENT,
  Code.UNAUTHENTICATED,
  Code.NOT_FOUND,
  Code.FAILED_PRECONDITION,
  Code.PERMISSION_DENIED,
  Code.RESOURCE_EXHAUSTED,
]);

/** RPCs that are OK with nothing in their request, or with a number where a flag belongs. */
const HARMLESS = new Set([
  'BatchValidate',
  'ListAuditEvents',
  'Validate',
  'Logout',
  'GetCurrentUser',
  'ListSessions',
  'ListUsers',
  'ListMyApiKeys',
  'RevokeAllSessions',
]);

/** RPCs that take any printable text as a name, and have no other required field. */
const TAKES_NAMES = new Set(['CreateMyApiKey', 'CreateServiceAccount']);

const TEXTS: [string, Uint8Array][] = [
  ['an operator', Buffer.from('{"$ne":""}')],
  ['a prototype', Buffer.from('__proto__')],
  ['a constructor', Buffer.from('constructor')],
  ['invalid UTF-8', Buffer.from([0xff, 0x41, 0xfe])],
  ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ['NUL', Buffer.from('a\0b')],
  ['a line break and an escape', Buffer.from('a\r\n\u001b[31mb')],
  ['nothing', Buffer.alloc(0)],
  ['much', Buffer.alloc(100_000, 'x')],
];

/** No request has more fields. */
const FIELDS = [1, 2, 3, 4];

/** Each value in each field, and in all fields at once. */
function texts(): [string, Uint8Array][] {
  return TEXTS.flatMap(([what, value]) =>
    [...FIELDS.map((field) => [field]), FIELDS].map((fields): [string, Uint8Array] => {
      const writer = new BinaryWriter();
      // All fields together stay under the limit of a message.
      for (const field of fields) writer.uint32((field << 3) | 2).bytes(value.subarray(0, 30_000));
      return [`${what} in ${fields.join()}`, writer.finish()];
    }),
  );
}

/** Every field with a wire type that is not its own. */
function wrongTypes(): [string, Uint8Array][] {
  return FIELDS.flatMap((field): [string, Uint8Array][] => [
    [
      `a number in ${field}`,
      new BinaryWriter()
        .uint32(field << 3)
        .uint64('18446744073709551615')
        .finish(),
    ],
    [
      `eight bytes in ${field}`,
      new BinaryWriter()
        .uint32((field << 3) | 1)
        .fixed64('1')
        .finish(),
    ],
    [
      `a group in ${field}`,
      new BinaryWriter()
        .uint32((field << 3) | 3)
        .uint32((field << 3) | 4)
        .finish(),
    ],
    [
      `four bytes in ${field}`,
      new BinaryWriter()
        .uint32((field << 3) | 5)
        .fixed32(1)
        .finish(),
    ],
    [`a text cut short in ${field}`, Buffer.from([(field << 3) | 2, 0x50, 0x61])],
  ]);
}

type Caller = 'nobody' | 'user' | 'admin';

let started: StartedApp;
let calls: AppCalls;
let client: Client;

beforeAll(async () => {
  // Guesses at passwords are part of the nonsense; the limit on them has tests of its own.
  started = await startApp({ LOGIN_MAX_FAILURES: '100' });
  calls = appCalls(started);
  client = new Client(started.grpcAddress, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await started.stop();
});

async function names(): Promise<string[]> {
  const token = await calls.adminToken();
  const { users } = await calls.admin('listUsers', { pageSize: 1000, pageToken: '', query: '' }, token);
  // "constructor" is a username like any other: an account may be made with it.
  return users.map(({ username }) => username).filter((name) => name !== 'constructor');
}

async function buildMetadata(who: Caller): Promise<Record<string, string>> {
  if (who === 'nobody') return {};
  const token = who === 'admin' ? await calls.adminToken() : (await calls.newUser()).tokens.accessToken;
  return { authorization: `Bearer ${token}` };
}

const PATHS = [...Object.values(AuthServiceService), ...Object.values(AdminServiceService)]
  .filter(({ responseStream }) => !responseStream)
  .map(({ path }) => path);

describe.each(PATHS)('%s', (path) => {
  const rpc = path.split('/').at(-1) ?? '';
  const mayBeOk = HARMLESS.has(rpc) || TAKES_NAMES.has(rpc);
  const endsSessions = path.endsWith('/RevokeAllSessions');

  test.each<Caller>([
    'nobody',
    'user',
    'admin',
  ])('refuses malformed requests from %s and stores nothing [G1]', async (who) => {
    let metadata = await buildMetadata(who);
    const before = await names();
    for (const [what, bytes] of [...texts(), ...wrongTypes()]) {
      const { error } = await callRaw(client, path, bytes, { metadata });
      const code = error?.code ?? Code.OK;
      const isFine = REFUSALS.has(code) || (mayBeOk && code === Code.OK);
      expect(isFine ? 'fine' : `${what}: ${Code[code]}`).toBe('fine');
      if (endsSessions && who === 'admin') metadata = await buildMetadata(who);
    }
    expect(await names()).toEqual(before);
  });
});

test('The log after thousands of malformed requests has one JSON object per line and no internal error [F3]', () => {
  const lines = started
    .text()
    .split('\n')
    .filter((line) => line !== '');
  expect(lines.map((line) => JSON.parse(line) as { level: string }).filter(({ level }) => level === 'error')).toEqual(
    [],
  );
});
