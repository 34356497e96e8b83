import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../../test/support/domain/eventually';
import { ServiceChannel } from '../src/remote/service-channel';

const sessions = new Set<ServerHttp2Session>();
let server: Http2Server;
beforeEach(async () => {
  // It takes every call and answers none, so that the deadline of each replaces the connection.
  server = createServer().on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session)).on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  for (const session of sessions) session.destroy();
  server.close();
});

test('A channel that is closed leaves no connection open, nor one that it had replaced', async () => {
  const { port } = server.address() as AddressInfo;
  const channel = new ServiceChannel({ address: `127.0.0.1:${port}`, apiKey: '', credentials: undefined });
  const askInVain = (): Promise<unknown> => channel.batchValidate(['a token'], 1_000).catch(() => {});
  await eventually('one is replaced', async () => {
    await askInVain();
    return sessions.size >= 2;
  });
  channel.close();
  // Those that were replaced had 10 s left.
  await eventually('all are closed', () => sessions.size === 0, 6_000);
}, 60_000);
