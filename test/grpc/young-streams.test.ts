import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { StreamTable } from '../../src/grpc/connections/stream-table';
import { letStreamsDieYoung } from '../../src/grpc/connections/young-streams';
import { spawnTypeScript } from '../support/processes/spawn-typescript';

let server: Http2Server;
let client: ClientHttp2Session;
let session: ServerHttp2Session;

beforeEach(async () => {
  server = createServer();
  server.once('session', (begun) => {
    session = begun;
    expect(letStreamsDieYoung(begun)).toBe(true);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, 'close');
});

/** Node's own record of the streams of a session. */
function streamsOf(of: object): { readonly size: number } {
  const key = Object.getOwnPropertySymbols(of).find(({ description }) => description === 'state') as symbol;
  return Reflect.get(of, key).streams;
}

async function request(): Promise<string> {
  const stream = client.request({ ':path': '/' });
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(stream, 'close');
  return text;
}

test('a session whose streams die young answers as before, and knows none that is over', async () => {
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond();
    stream.end(`stream ${stream.id}`);
  });
  expect(await request()).toBe('stream 1');
  expect(await Promise.all(Array.from({ length: 50 }, request))).toContain('stream 101');
  expect(streamsOf(session)).toBeInstanceOf(StreamTable);
  expect(streamsOf(session).size).toBe(0);
});

test('the end of such a session ends every stream that is open on it', async () => {
  const begun: ServerHttp2Stream[] = [];
  const all = new Promise<void>((resolve) => {
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {});
      if (begun.push(stream) === 20) resolve();
    });
  });
  const requests = Array.from({ length: 20 }, () => client.request({ ':path': '/' }).on('error', () => {}));
  client.on('error', () => {});
  await all;
  expect(streamsOf(session).size).toBe(20);
  const ended = Promise.all([...begun, ...requests].map((stream) => stream.closed || once(stream, 'close')));
  session.destroy();
  await ended;
  expect(begun.every(({ destroyed }) => destroyed)).toBe(true);
});

test('a session that looks different is left as it is', async () => {
  server.on('stream', (stream: ServerHttp2Stream) => {
    // The client has a stream already, which would be lost.
    const known = streamsOf(client);
    expect(known.size).toBe(1);
    expect(letStreamsDieYoung(client)).toBe(false);
    expect(streamsOf(client)).toBe(known);
    stream.respond();
    stream.end('answered');
  });
  expect(await request()).toBe('answered');
  for (const other of [{}, { [Symbol('state')]: undefined }, { [Symbol('state')]: { streams: [] } }]) {
    expect(letStreamsDieYoung(other as unknown as ServerHttp2Session)).toBe(false);
  }
});

test('a session of a line of Node that was not read is left as it is', async () => {
  for (const version of ['28.0.0', '2.0.0', '200.1.0', '']) expect(letStreamsDieYoung(client, version)).toBe(false);
  expect(streamsOf(client)).not.toBeInstanceOf(StreamTable);
  expect(letStreamsDieYoung(client, '24.21.0')).toBe(true);
  expect(streamsOf(client)).toBeInstanceOf(StreamTable);
});

test('100,000 values of 5 kB that came and went leave nothing for a full collection', async () => {
  const child = spawnTypeScript('load/windowed-values.ts', []);
  await child.printed(1);
  expect(Number(child.lines[0])).toBeLessThan(5);
  expect(await child.ended).toEqual({ code: 0, signal: null });
});
