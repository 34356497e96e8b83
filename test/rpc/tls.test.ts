import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { createLogger } from '../../src/observability/logger';
import { TlsTerminator } from '../../src/rpc/tls-terminator';
import { anAuthority, type Issued } from '../support/certificates';
import { eventually } from '../support/eventually';
import { callRaw, type StubServer, startStub } from './stub-server';

const authority = anAuthority();
const ca = Buffer.from(authority.cert);
const HEALTH = '/grpc.health.v1.Health/Check';

let directory: string;
let stub: StubServer | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-'));
});
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
  rmSync(directory, { recursive: true });
});

function files(server: Issued, clientCa?: string) {
  const paths = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  writeFileSync(paths.certFile, server.cert);
  writeFileSync(paths.keyFile, server.key);
  if (clientCa === undefined) return paths;
  const clientCaFile = join(directory, 'ca.pem');
  writeFileSync(clientCaFile, clientCa);
  return { ...paths, clientCaFile };
}

async function health(own?: Issued): Promise<number> {
  const pair = own === undefined ? [null, null] : [Buffer.from(own.key), Buffer.from(own.cert)];
  const client = new Client(stub?.address ?? '', credentials.createSsl(ca, pair[0], pair[1]));
  const { error } = await callRaw(client, HEALTH, Buffer.alloc(0), { timeoutMs: 5_000 });
  client.close();
  return error?.code ?? Code.OK;
}

/** The protocol that was agreed upon, or why there is none. */
async function handshake(options: ConnectionOptions): Promise<string> {
  const [host, port] = stub?.address.split(':') ?? [];
  const socket = connect({ host, port: Number(port), ca, ALPNProtocols: ['h2'], ...options });
  try {
    await once(socket, 'secureConnect');
    return `${socket.getProtocol()} ${socket.getCipher().name}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

test('E1: TLS 1.2 with forward secrecy and TLS 1.3 are spoken, older versions and weaker suites are not', async () => {
  stub = await startStub({ tls: files(authority.issue('server')) });
  expect(await health()).toBe(Code.OK);
  expect(await handshake({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-/);
  expect(await handshake({ minVersion: 'TLSv1.3' })).toMatch(/^TLSv1\.3 TLS_/);
  const old = await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(old).toMatch(/^ERR_SSL|ECONNRESET/);
  expect(await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toMatch(/^ERR_SSL|ECONNRESET/);
});

test('E1: a plaintext client gets nothing from a TLS port', async () => {
  stub = await startStub({ tls: files(authority.issue('server')) });
  const client = new Client(stub.address, credentials.createInsecure());
  expect((await callRaw(client, HEALTH, Buffer.alloc(0), { timeoutMs: 3_000 })).error?.code).not.toBe(Code.OK);
  client.close();
});

test.each([
  ['no certificate', undefined],
  ['one of another authority', anAuthority().issue('stranger', { usage: 'client' })],
  ['an expired one', authority.issue('late', { usage: 'client', expired: true })],
  ['one that is for servers', authority.issue('server', { usage: 'server' })],
])('E2: mutual TLS refuses a client with %s', async (_what, own) => {
  stub = await startStub({ tls: files(authority.issue('server'), authority.cert) });
  expect(await health(own)).toBe(Code.UNAVAILABLE);
});

test('E2: mutual TLS serves a client with a certificate of its authority', async () => {
  stub = await startStub({ tls: files(authority.issue('server'), authority.cert) });
  expect(await health(authority.issue('client', { usage: 'client' }))).toBe(Code.OK);
});

/** A terminator of its own behind a TCP port, with short times. */
async function terminator(
  paths: ReturnType<typeof files>,
  times: { handshakeTimeoutMs?: number; lookEveryMs?: number },
) {
  const log = createLogger({ level: 'silent', format: 'json', destination: { write: () => {} } });
  const secure: TLSSocket[] = [];
  const subject = new TlsTerminator({ files: paths, log, serve: (socket) => void secure.push(socket), ...times });
  const { createServer: createTcpServer } = await import('node:net');
  const server = createTcpServer((socket) => subject.accept(socket, 'anybody')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = (): void => {
    subject.close();
    for (const socket of secure) socket.destroy();
    server.close();
  };
  return { port, close };
}

test('E8: connections that never begin or never finish their handshake are closed', async () => {
  const { port, close } = await terminator(files(authority.issue('server')), { handshakeTimeoutMs: 100 });
  const sockets = Array.from({ length: 20 }, () => connectTcp(port, '127.0.0.1'));
  const closed = sockets.map((socket, i) => {
    socket.on('error', () => {}).resume();
    if (i % 2 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
    return once(socket, 'close');
  });
  await Promise.all(closed);
  close();
});

test('renewed files are used without a restart; a half-written pair is not', async () => {
  const paths = files(authority.issue('first'));
  const { port, close } = await terminator(paths, { lookEveryMs: 20 });
  const subject = async (): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  };
  expect(await subject()).toBe('first');
  const renewed = authority.issue('second');
  writeFileSync(paths.certFile, renewed.cert);
  for (let i = 0; i < 5; i += 1) expect(await subject()).toBe('first');
  writeFileSync(paths.keyFile, renewed.key);
  await eventually('the new certificate is shown', async () => (await subject()) === 'second');
  close();
});
