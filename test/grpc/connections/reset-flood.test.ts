import { once } from 'node:events';
import { connect } from 'node:net';
import { credentials } from '@grpc/grpc-js';
import { callHeaders, frame, PREFACE } from '../../support/clients/http2-frames';
import { AuthServiceClient } from '../../support/clients/service-clients';
import { eventually } from '../../support/domain/eventually';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';

const STREAMS = 20_000;
const END_HEADERS = 4;
const CANCEL = Buffer.from([0, 0, 0, 8]);
const GOAWAY = 7;
const ENHANCE_YOUR_CALM = 11;

let stub: StubServer;
afterEach(() => stub.stop());

/** What the service has counted of the streams that it began, by the last that its GOAWAY names. */
function goaway(received: Buffer): { last: number; code: number } | undefined {
  for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    if (received[at + 3] !== GOAWAY || at + 17 > received.length) continue;
    return { last: received.readUInt32BE(at + 9), code: received.readUInt32BE(at + 13) };
  }
  return undefined;
}

test('20,000 streams opened and reset at once end their connection within the first thousand, and others are served [E4]', async () => {
  stub = await startStub({ auth: { validate: () => ({ principal: undefined }) } });
  const [host = '', port = ''] = stub.address.split(':');
  const socket = connect(Number(port), host);
  let received = Buffer.alloc(0);
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
    });
  await once(socket, 'connect');
  const headers = callHeaders('/postern.auth.v1.AuthService/Validate');
  const streams = Array.from({ length: STREAMS }, (_, i) => [
    frame(1, END_HEADERS, 2 * i + 1, headers),
    frame(3, 0, 2 * i + 1, CANCEL),
  ]);
  const client = new AuthServiceClient(stub.address, credentials.createInsecure());
  socket.write(Buffer.concat([PREFACE, ...streams.flat()]));
  const request = { accessToken: '', allowAnonymous: true, fresh: false };
  await new Promise<void>((resolve, reject) => {
    client.validate(request, (error) => (error ? reject(error) : resolve()));
  });
  await eventually('the connection is closed', () => socket.closed);
  client.close();
  expect(stub.server.connections().refused.flood).toBe(1);
  const end = goaway(received);
  if (end !== undefined) expect(end.code).toBe(ENHANCE_YOUR_CALM);
  if (end !== undefined) expect((end.last + 1) / 2).toBeLessThan(1_000);
  expect(stub.lines.filter(({ status }) => status === 'CANCELLED').length).toBeLessThan(1_000);
});

test('Calls of nothing that is served, opened and reset at once, end their connection and nothing else [E4]', async () => {
  stub = await startStub();
  const [host = '', port = ''] = stub.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  const headers = callHeaders('/no.such.Service/Method');
  const streams = Array.from({ length: STREAMS }, (_, i) => [
    frame(1, END_HEADERS, 2 * i + 1, headers),
    frame(3, 0, 2 * i + 1, CANCEL),
  ]);
  socket.write(Buffer.concat([PREFACE, ...streams.flat()]));
  const { error } = await callRaw(stub.client, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
  expect(error).toBeNull();
  await eventually('the connection is closed', () => socket.closed);
});
