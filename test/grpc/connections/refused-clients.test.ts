import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { anAuthority } from '../../support/clients/certificates';
import { eventually } from '../../support/domain/eventually';
import { callRaw } from '../../support/grpc/stub-server';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const VALIDATE = '/postern.auth.v1.AuthService/Validate';
const authority = anAuthority();
const directory = mkdtempSync(join(tmpdir(), 'postern-refused-'));
const file = (name: string) => join(directory, `${name}.pem`);
const server = authority.issue('server');
for (const [name, text] of Object.entries({ cert: server.cert, key: server.key, ca: authority.cert })) {
  writeFileSync(file(name), text);
}
const TLS = { TLS_CERT_FILE: file('cert'), TLS_KEY_FILE: file('key') };

let started: StartedApp;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await started.stop();
});
afterAll(() => rmSync(directory, { recursive: true }));

const refusals = () => started.lines().filter(({ event }) => event === 'client.refused');

/** By its name: on Node 26 grpc-js cannot connect to an address by TLS. */
const address = () => started.grpcAddress.replace('127.0.0.1', 'localhost');

/** A call of a real client, which finds the connection closed. */
async function call(channel: ReturnType<typeof credentials.createInsecure>): Promise<void> {
  const client = new Client(address(), channel, { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(client);
  expect((await callRaw(client, VALIDATE, Buffer.alloc(0))).error?.code).toBe(Code.UNAVAILABLE);
}

async function dial(connect: (port: number) => Socket): Promise<void> {
  const socket = connect(Number(started.grpcAddress.split(':')[1]));
  await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
}

/** A fatal alert, not encrypted yet (RFC 5246 section 7.2). */
const UNKNOWN_CA = Buffer.from([0x15, 3, 3, 0, 2, 2, 48]);

/** What a TLS 1.2 client sends first. */
function beginTls(): Duplex {
  const [client, wire] = duplexPair();
  connectTls({ socket: client, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] }).on('error', () => {});
  return wire;
}

test('A plaintext client of a TLS port leaves one line in the log of the service, however often it calls', async () => {
  started = await startApp(TLS);
  for (let n = 0; n < 3; n += 1) await call(credentials.createInsecure());
  await eventually('there is a line', () => refusals().length > 0);
  expect(refusals()).toEqual([expect.objectContaining({ level: 'warn', cause: 'plaintext', peer: '127.0.0.1' })]);
});

test('A client that does not trust the certificate of the service leaves a line in its log', async () => {
  started = await startApp(TLS);
  // As most clients do; one on Node closes the connection without a word.
  const [hello] = (await once(beginTls(), 'data')) as [Buffer];
  await dial((port) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.write(hello);
    return socket.once('data', () => socket.write(UNKNOWN_CA));
  });
  await eventually('there is a line', () => refusals().length > 0);
  expect(refusals()).toEqual([expect.objectContaining({ cause: 'distrust', peer: '127.0.0.1' })]);
});

test('A client without a certificate leaves a line in the log of a service with mutual TLS', async () => {
  started = await startApp({ ...TLS, TLS_CLIENT_CA_FILE: file('ca') });
  await call(credentials.createSsl(Buffer.from(authority.cert)));
  await eventually('there is a line', () => refusals().length > 0);
  expect(refusals()).toEqual([expect.objectContaining({ cause: 'no_certificate', peer: '127.0.0.1' })]);
});

test('A client of another authority leaves a line with its address in the log of a service with mutual TLS', async () => {
  started = await startApp({ ...TLS, TLS_CLIENT_CA_FILE: file('ca') });
  const { key, cert } = anAuthority().issue('client', { usage: 'client' });
  await call(credentials.createSsl(Buffer.from(authority.cert), Buffer.from(key), Buffer.from(cert)));
  await eventually('there is a line', () => refusals().length > 0);
  expect(refusals()).toEqual([
    expect.objectContaining({ cause: 'certificate', peer: '127.0.0.1', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
  ]);
});

test.each([
  ['TLS', (port: number) => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })],
  ['HTTP/1.1', (port: number) => connectTcp(port, '127.0.0.1').end('GET / HTTP/1.1\r\nhost: postern\r\n\r\n')],
])('A client that speaks %s to a plaintext gRPC port leaves a line in the log of the service', async (_, connect) => {
  started = await startApp();
  for (let n = 0; n < 3; n += 1) await dial(connect);
  await eventually('there is a line', () => refusals().length > 0);
  expect(refusals()).toEqual([expect.objectContaining({ cause: 'not_http2', peer: '127.0.0.1' })]);
});

test('A client that makes calls leaves no line of refused clients in the log', async () => {
  started = await startApp({ ...TLS, TLS_CLIENT_CA_FILE: file('ca') });
  const { key, cert } = authority.issue('client', { usage: 'client' });
  const channel = credentials.createSsl(Buffer.from(authority.cert), Buffer.from(key), Buffer.from(cert));
  const client = new Client(address(), channel);
  clients.push(client);
  expect((await callRaw(client, VALIDATE, Buffer.alloc(0))).error?.code).toBe(Code.UNAUTHENTICATED);
  expect(refusals()).toEqual([]);
});
