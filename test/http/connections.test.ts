import { once } from 'node:events';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createHttpServer, type HttpServer } from '../../src/http/server/http-server';
import { eventually } from '../support/domain/eventually';

const MAX = 5;
let server: HttpServer;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  server = createHttpServer({
    address: '0.0.0.0:0',
    routes: [{ path: '/', answer: () => ({ status: 204 }) }],
    requestTimeoutMs: 5_000,
    findSource: (peer) => peer ?? 'unix',
    maxPerSource: MAX,
    maxConnections: MAX + 2,
    onFailure: () => {},
  });
  port = Number((await server.listen()).split(':')[1]);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop(0);
});

/** An open connection that says nothing. */
async function silent(localAddress: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function statusFrom(localAddress: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, localAddress, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', () => resolve('closed'));
  });
}

test('The HTTP port gives a source at its connection limit no more, and goes on serving others [E8]', async () => {
  for (let i = 0; i < MAX; i += 1) await silent('127.0.0.2');
  expect(await statusFrom('127.0.0.2')).toBe('closed');
  expect(await statusFrom('127.0.0.3')).toBe(204);
  expect(server.connections().refused).toMatchObject({ total_cap: 0, source_cap: 1 });
});

test('The HTTP port with its total of connections refuses further ones and counts them in the metrics [E8]', async () => {
  for (let i = 0; i < MAX + 2; i += 1) await silent(`127.0.0.${2 + i}`);
  expect(await statusFrom('127.0.0.100')).toBe('closed');
  expect(server.connections()).toMatchObject({
    open: MAX + 2,
    served: MAX + 2,
    refused: { total_cap: 1, source_cap: 0 },
  });
});

test('An HTTP connection that is closed makes room for another [E8]', async () => {
  const [first] = await Promise.all(Array.from({ length: MAX }, () => silent('127.0.0.2')));
  expect(await statusFrom('127.0.0.2')).toBe('closed');
  first?.destroy();
  await eventually('there is a place again', async () => (await statusFrom('127.0.0.2')) === 204);
});
