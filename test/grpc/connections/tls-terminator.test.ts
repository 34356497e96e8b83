import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { TlsTerminator } from '../../../src/grpc/connections/tls-terminator';
import { createLogger } from '../../../src/observability/logger';
import { type Authority, anAuthority, type Issued } from '../../support/clients/certificates';
import { eventually } from '../../support/domain/eventually';

const authority = anAuthority();
const LATER_MS = 60_000;

let directory: string;
let server: Server;
let subject: TlsTerminator;
let lines: string[];
const open: Socket[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-'));
  lines = [];
});
afterEach(() => {
  subject.close();
  for (const socket of open.splice(0)) socket.destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

const path = (name: string) => join(directory, `${name}.pem`);
const write = (name: string, text: string) => writeFileSync(path(name), text);

/** A terminator behind a TCP port, with short times. */
async function start(
  times: { handshakeTimeoutMs?: number; lookEveryMs?: number },
  issued = authority.issue('first'),
  clientCa?: string,
): Promise<void> {
  write('cert', issued.cert);
  write('key', issued.key);
  if (clientCa !== undefined) write('ca', clientCa);
  const clientCaFile = clientCa === undefined ? {} : { clientCaFile: path('ca') };
  const files = { certFile: path('cert'), keyFile: path('key'), ...clientCaFile };
  const log = createLogger({ level: 'info', format: 'json', destination: { write: (line) => void lines.push(line) } });
  const serve = (socket: TLSSocket) => {
    open.push(socket);
    socket.on('data', (text) => socket.write(text));
  };
  subject = new TlsTerminator({ files, log, serve, findSource: (address) => address, ...times });
  server = createServer({ pauseOnConnect: true }, (socket) => {
    open.push(socket.on('error', () => {}));
    socket.resume();
    subject.accept(socket, 'anybody');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

const port = () => (server.address() as AddressInfo).port;

function dial(): Socket {
  const socket = connectTcp(port(), '127.0.0.1');
  open.push(socket.on('error', () => {}).resume());
  return socket;
}

/** Also by a reset, which is an error first. */
const whenClosed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

/** The name in the certificate that the server shows, or why there is no connection. */
async function shown(own?: Issued, through?: Socket): Promise<string> {
  const to = through === undefined ? { port: port(), host: '127.0.0.1' } : { socket: through };
  const socket = connect({ ...to, ca: authority.cert, servername: 'localhost', ALPNProtocols: ['h2'], ...own });
  try {
    await once(socket, 'secureConnect');
    const name = String(socket.getPeerCertificate().subject.CN);
    // With TLS 1.3 the server's verdict on the client comes after the handshake.
    socket.write('x');
    return await Promise.race([once(socket, 'data').then(() => name), once(socket, 'close').then(() => 'closed')]);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

const warnings = () => lines.filter((line) => line.includes('The TLS files cannot be used'));

test.each([
  ['say nothing', Buffer.alloc(0)],
  ['begin the head of a record', Buffer.from([0x16, 0x03, 0x01])],
  ['begin a ClientHello', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
  ['send what looks like one', Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x00, 0x04, 0x01, 0x00, 0x01, 0x00])])],
])('Connections that %s and send nothing more are closed at the handshake timeout [E8]', async (_what, bytes) => {
  await start({ handshakeTimeoutMs: 200 });
  const closed = Array.from({ length: 20 }, () => {
    const socket = dial();
    socket.write(bytes);
    return whenClosed(socket);
  });
  await Promise.all(closed);
  await eventually('they are counted', () => subject.stats.refused.handshake_timeout === 20);
  expect(subject.stats).toEqual({ open: 0, refused: { handshake_timeout: 20, handshake_failed: 0 } });
});

test('A client that does not speak TLS is disconnected from the TLS port at once [E8]', async () => {
  await start({ handshakeTimeoutMs: LATER_MS });
  const socket = dial();
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await whenClosed(socket);
  await eventually('it is counted', () => subject.stats.refused.handshake_failed === 1);
});

/** What the log says of refused clients: cause, source and code. */
const refusals = () =>
  lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'client.refused')
    .map(({ cause, peer, code }) => [cause, peer, code]);

test('A client that does not speak TLS leaves one line in the log, however often it comes', async () => {
  await start({ handshakeTimeoutMs: LATER_MS });
  for (let n = 0; n < 5; n += 1) {
    const socket = dial();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await whenClosed(socket);
  }
  await eventually('they are counted', () => subject.stats.refused.handshake_failed === 5);
  expect(refusals()).toEqual([['plaintext', 'anybody', undefined]]);
});

describe.each([
  'TLSv1.2',
  'TLSv1.3',
] as const)('under %s, with client certificates demanded, the log says once', (version) => {
  const shake = async (own: object): Promise<void> => {
    const before = subject.stats.refused.handshake_failed;
    const options = { port: port(), host: '127.0.0.1', ca: authority.cert, ALPNProtocols: ['h2'] };
    const socket = connect({ ...options, minVersion: version, maxVersion: version, ...own });
    open.push(socket.on('error', () => {}).resume());
    await eventually('it is refused', () => subject.stats.refused.handshake_failed > before);
  };
  const client = authority.issue('client', { usage: 'client' });

  test('that a client has no certificate', async () => {
    await start({ handshakeTimeoutMs: LATER_MS }, authority.issue('first'), authority.cert);
    for (let n = 0; n < 3; n += 1) await shake({});
    expect(refusals()).toEqual([['no_certificate', '127.0.0.1', 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE']]);
  });

  test('that the certificate of a client is of another authority', async () => {
    await start({ handshakeTimeoutMs: LATER_MS }, authority.issue('first'), authority.cert);
    for (let n = 0; n < 3; n += 1) await shake(anAuthority().issue('client', { usage: 'client' }));
    expect(refusals()).toEqual([['certificate', 'anybody', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']]);
  });

  test('that a client offers no h2', async () => {
    await start({ handshakeTimeoutMs: LATER_MS }, authority.issue('first'), authority.cert);
    await shake({ ...client, ALPNProtocols: ['http/1.1'] });
    expect(refusals()).toEqual([['no_h2', '127.0.0.1', 'ERR_SSL_NO_APPLICATION_PROTOCOL']]);
  });
});

test('a ClientHello that comes byte by byte is understood, and what follows it at once too', async () => {
  await start({ handshakeTimeoutMs: LATER_MS });
  // A proxy that takes everything apart.
  const proxy = createServer((socket) => {
    const further = dial();
    open.push(socket.on('error', () => {}));
    socket.on('data', async (bytes) => {
      for (const byte of bytes.subarray(0, 200)) {
        further.write(Buffer.from([byte]));
        await pause(0);
      }
      further.write(bytes.subarray(200));
    });
    further.on('data', (bytes) => socket.write(bytes));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = connectTcp((proxy.address() as AddressInfo).port, '127.0.0.1');
  await once(through, 'connect');
  expect(await shown(undefined, through)).toBe('first');
  proxy.close();
});

test('The TLS terminator reports the connections that are through their handshake', async () => {
  await start({ handshakeTimeoutMs: LATER_MS });
  dial();
  const socket = connect({ port: port(), host: '127.0.0.1', ca: authority.cert, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  await eventually('it is open', () => subject.stats.open === 1);
  socket.destroy();
  await eventually('it is not open any more', () => subject.stats.open === 0);
});

test('renewed files are used without a restart; half a pair is not, and the log says so', async () => {
  await start({ lookEveryMs: 20 });
  expect(await shown()).toBe('first');
  const renewed = authority.issue('second');
  write('cert', renewed.cert);
  await eventually('it was tried', () => warnings().length > 0);
  expect(await shown()).toBe('first');
  write('key', renewed.key);
  await eventually('the new certificate is shown', async () => (await shown()) === 'second');
  expect(lines.at(-1)).toContain('The TLS files have changed and are in use');
});

test.each([
  ['empty', ''],
  ['garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('a renewed certificate that is %s leaves the one before in use, and the log says so', async (_what, text) => {
  await start({ lookEveryMs: 20 });
  write('cert', text);
  await eventually('it was tried', () => warnings().length > 0);
  expect(await shown()).toBe('first');
});

test('a file that is taken away leaves the ones before in use, and the log says so', async () => {
  await start({ lookEveryMs: 20 });
  rmSync(path('key'));
  await eventually('it was tried', () => warnings().length > 0);
  expect(await shown()).toBe('first');
});

test('A renewed client CA is used without a restart, and clients of the previous one are refused [E2]', async () => {
  const connectClient = (issuer: Authority) => issuer.issue('client', { usage: 'client' });
  const next = anAuthority();
  await start({ lookEveryMs: 20 }, authority.issue('first'), authority.cert);
  expect(await shown(connectClient(authority))).toBe('first');
  expect(await shown(connectClient(next))).not.toBe('first');
  write('ca', next.cert);
  await eventually('clients of the next are served', async () => (await shown(connectClient(next))) === 'first');
  expect(await shown(connectClient(authority))).not.toBe('first');
  write('ca', 'broken');
  await eventually('it was tried', () => warnings().length > 0);
  expect(await shown(connectClient(next))).toBe('first');
  expect(await shown()).not.toBe('first');
});
