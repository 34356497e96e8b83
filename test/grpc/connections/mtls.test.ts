import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { CreateUserRequest, ListAuditEventsResponse } from '../../../src/gen/postern/auth/v1/admin_service';
import { ValidateRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { addressByName } from '../../support/clients/address-by-name';
import { anAuthority, type Issued } from '../../support/clients/certificates';
import { eventually } from '../../support/domain/eventually';
import { callRaw } from '../../support/grpc/stub-server';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const ADMIN = '/postern.auth.v1.AdminService';
const OPS = 'spiffe://example.org/ops';
const authority = anAuthority();
const stranger = anAuthority();
const directory = mkdtempSync(join(tmpdir(), 'postern-mtls-'));
const open: { close(): void }[] = [];
let started: StartedApp;

const server = authority.issue('server');
for (const [name, text] of Object.entries({ cert: server.cert, key: server.key, ca: authority.cert })) {
  writeFileSync(join(directory, `${name}.pem`), text);
}
const file = (name: string) => join(directory, `${name}.pem`);
const TLS = { TLS_CERT_FILE: file('cert'), TLS_KEY_FILE: file('key') };

afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await started.stop();
});
afterAll(() => rmSync(directory, { recursive: true }));

const withMutualTls = async (env: Record<string, string> = {}) => {
  started = await startApp({ ...TLS, TLS_CLIENT_CA_FILE: file('ca'), ...env });
};

function client(own?: Issued): Client {
  const pair = own === undefined ? [null, null] : [Buffer.from(own.key), Buffer.from(own.cert)];
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const made = new Client(
    addressByName(started.grpcAddress),
    credentials.createSsl(Buffer.from(authority.cert), pair[0], pair[1]),
    options,
  );
  open.push(made);
  return made;
}

const connectClient = (...names: string[]) => client(authority.issue('client', { usage: 'client', names }));

async function createUser(by: Client, username: string): Promise<number> {
  const request = { email: `${username}@example.com`, username, password: 'plum-cabinet-orbit-91', roles: [] };
  const { error } = await callRaw(by, `${ADMIN}/CreateUser`, CreateUserRequest.encode(request).finish());
  return error?.code ?? Code.OK;
}

test('A client whose certificate has a listed name administers without a bearer, and the audit trail says who did [E2]', async () => {
  await withMutualTls({ MTLS_ADMIN_SANS: `${OPS}, ops.example.org` });
  const ops = connectClient('irrelevant.example.org', OPS);
  expect(await createUser(ops, 'made-by-ops')).toBe(Code.OK);
  expect(await createUser(connectClient('ops.example.org'), 'made-by-host')).toBe(Code.OK);
  expect(await createUser(connectClient('other.example.org'), 'not-made')).toBe(Code.UNAUTHENTICATED);
  expect(await createUser(connectClient(), 'not-made')).toBe(Code.UNAUTHENTICATED);
  await eventually('both events are written', async () => {
    const { response } = await callRaw(ops, `${ADMIN}/ListAuditEvents`, Buffer.alloc(0));
    const { events } = ListAuditEventsResponse.decode(response ?? Buffer.alloc(0));
    const actors = events.map(({ actorId }) => actorId);
    return actors.includes(OPS) && actors.includes('ops.example.org');
  });
});

test('A listed name gives no rights in a certificate of another authority or without mutual TLS [E2]', async () => {
  await withMutualTls({ MTLS_ADMIN_SANS: OPS });
  const forged = client(stranger.issue('client', { usage: 'client', names: [OPS] }));
  expect(await createUser(forged, 'not-made')).toBe(Code.UNAVAILABLE);
  await started.stop();
  started = await startApp(TLS);
  expect(await createUser(connectClient(OPS), 'not-made')).toBe(Code.UNAUTHENTICATED);
  expect(started.text()).not.toContain(OPS);
});

test('limits count by the name in the certificate: one client on two connections is one source, two clients are two', async () => {
  await withMutualTls({ RATE_LIMIT_PER_SECOND: '0.01', RATE_LIMIT_BURST: '2' });
  const validate = async (by: Client) => {
    const request = ValidateRequest.encode({ accessToken: '', allowAnonymous: true, fresh: false }).finish();
    return (await callRaw(by, '/postern.auth.v1.AuthService/Validate', request)).error?.code ?? Code.OK;
  };
  expect(await validate(connectClient('a.example.org'))).toBe(Code.OK);
  expect(await validate(connectClient('a.example.org'))).toBe(Code.OK);
  expect(await validate(connectClient('a.example.org'))).toBe(Code.RESOURCE_EXHAUSTED);
  expect(await validate(connectClient('b.example.org'))).toBe(Code.OK);
});

test('The log line of a call names the client of mutual TLS [F1]', async () => {
  await withMutualTls();
  await createUser(connectClient('b.example.org', OPS), 'not-made');
  await eventually('the call has its line', () => started.lines().some(({ method }) => method !== undefined));
  expect(started.lines().find(({ method }) => method !== undefined)).toMatchObject({ client: OPS, peer: '127.0.0.1' });
});
