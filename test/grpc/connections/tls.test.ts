import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { addressByName } from '../../support/clients/address-by-name';
import { anAuthority, type Issued } from '../../support/clients/certificates';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';

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
  const client = new Client(addressByName(stub?.address ?? ''), credentials.createSsl(ca, pair[0], pair[1]));
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

test('TLS 1.2 with forward secrecy and TLS 1.3 are spoken, older versions and weaker suites are not [E1]', async () => {
  stub = await startStub({ tls: files(authority.issue('server')) });
  expect(await health()).toBe(Code.OK);
  expect(await handshake({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-/);
  expect(await handshake({ minVersion: 'TLSv1.3' })).toMatch(/^TLSv1\.3 TLS_/);
  const old = await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(old).toMatch(/^ERR_SSL|ECONNRESET/);
  expect(await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toMatch(/^ERR_SSL|ECONNRESET/);
});

test('A plaintext client gets nothing from a TLS port [E1]', async () => {
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
])('Mutual TLS refuses a client with %s [E2]', async (_what, own) => {
  stub = await startStub({ tls: files(authority.issue('server'), authority.cert) });
  expect(await health(own)).toBe(Code.UNAVAILABLE);
});

test('Mutual TLS serves a client with a certificate of its authority [E2]', async () => {
  stub = await startStub({ tls: files(authority.issue('server'), authority.cert) });
  expect(await health(authority.issue('client', { usage: 'client' }))).toBe(Code.OK);
});
