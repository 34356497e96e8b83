import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { FrameGuard } from '../../../src/grpc/connections/frame-guard';
import { eventually } from '../../support/domain/eventually';

const ALLOWANCE = { burst: 10, perSecond: 0, perCall: 2 };
const ENHANCE_YOUR_CALM = 11;

let server: Http2Server;
let client: ClientHttp2Session;
let floods = 0;
let goaway: [number, string] | undefined;

async function start(allowance = ALLOWANCE): Promise<void> {
  floods = 0;
  goaway = undefined;
  server = createServer((_request, response) => response.end());
  server.on('session', (session) => {
    const onFlood = () => {
      floods += 1;
    };
    const guard = new FrameGuard(session, onFlood, allowance);
    session.on('stream', () => guard.countCall());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('error', () => {});
  client.on('goaway', (code, _lastStream, data) => {
    goaway = [code, String(data)];
  });
  await once(client, 'connect');
  await once(client, 'remoteSettings');
}
afterEach(() => {
  client.destroy();
  server.close();
});

const ping = () => new Promise<boolean>((resolve) => client.ping((error) => resolve(error === null)));

async function pings(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) if (!client.destroyed) await ping();
}

async function call(): Promise<void> {
  const stream = client.request({ ':path': '/' });
  stream.resume();
  await once(stream, 'end');
}

test('PING frames beyond the allowance end the connection with too_many_pings, as gRFC A8 says [E8]', async () => {
  await start();
  // The SETTINGS of the beginning were the first.
  await pings(9);
  expect([client.destroyed, floods]).toEqual([false, 0]);
  await pings(1);
  await eventually('the connection is closed', () => client.destroyed);
  expect(goaway).toEqual([ENHANCE_YOUR_CALM, 'too_many_pings']);
  expect(floods).toBe(1);
});

test('SETTINGS frames beyond the allowance end the connection [E8]', async () => {
  await start();
  for (let i = 0; i < 12 && !client.destroyed; i += 1) {
    client.settings({ initialWindowSize: 65_535 + i });
    await eventually('they are acknowledged, or not any more', () => !client.pendingSettingsAck || client.destroyed);
  }
  await eventually('the connection is closed', () => client.destroyed);
  expect(goaway?.[0]).toBe(ENHANCE_YOUR_CALM);
});

test('a client that measures the way to the server at each call is let be, and does not save up for later', async () => {
  await start();
  for (let i = 0; i < 30; i += 1) {
    await call();
    await pings(2);
  }
  expect([client.destroyed, floods]).toEqual([false, 0]);
  for (let i = 0; i < 30; i += 1) await call();
  // Two bursts at the most: what it had, and what it has earned.
  await pings(21);
  await eventually('the connection is closed', () => client.destroyed);
});

test('Stream numbers that a client skips earn no allowance of frames [E8]', async () => {
  await start();
  for (let id = 1_001; id < 10_000 && !client.destroyed; id += 1_000) {
    (client as unknown as { setNextStreamID(next: number): void }).setNextStreamID(id);
    await call();
    await pings(9);
  }
  await eventually('the connection is closed', () => client.destroyed, 1_000);
  expect(floods).toBe(1);
});

test('a client that pings now and then is let be', async () => {
  await start({ burst: 1, perSecond: 1_000_000, perCall: 0 });
  await pings(30);
  expect([client.destroyed, floods]).toEqual([false, 0]);
});
