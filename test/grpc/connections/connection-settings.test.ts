import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../../support/domain/eventually';
import { type StartedApp, startApp } from '../../support/processes/start-app';

let app: StartedApp;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.stop();
});

/** How many of `count` new connections from an address are still open when the others have been closed. */
async function openFrom(localAddress: string, count: number): Promise<Socket[]> {
  const port = Number(app.grpcAddress.split(':').at(-1));
  const opened = Array.from({ length: count }, () => connect({ host: '127.0.0.1', port, localAddress }));
  sockets.push(...opened);
  for (const socket of opened) socket.on('error', () => {});
  await Promise.all(opened.map((socket) => once(socket, 'connect')));
  return opened;
}

const areOpen = (all: Socket[]) => all.filter((socket) => !socket.destroyed).length;

test('MAX_CONNECTIONS_PER_SOURCE bounds the connections of one address, MAX_CONNECTIONS those of all', async () => {
  app = await startApp({ MAX_CONNECTIONS: '5', MAX_CONNECTIONS_PER_SOURCE: '3' });
  const first = await openFrom('127.0.0.1', 5);
  await eventually('two are closed', async () => areOpen(first) === 3);
  const second = await openFrom('127.0.0.2', 3);
  await eventually('one is closed', async () => areOpen(second) === 2);
  expect(areOpen(first)).toBe(3);
});

test('[::] takes callers over IPv6 and IPv4', async () => {
  app = await startApp({ GRPC_ADDRESS: '[::]:0' });
  const port = Number(/^\[::\]:(\d+)$/.exec(app.grpcAddress)?.[1]);
  for (const host of ['127.0.0.1', '::1']) {
    const socket = connect({ host, port });
    sockets.push(socket);
    await once(socket, 'connect');
  }
});
