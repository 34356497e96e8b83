import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { callHeaders, frame, PREFACE } from '../../support/clients/http2-frames';
import { eventually } from '../../support/domain/eventually';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';

const FRAMES = 20_000;
const AT_ONCE = 500;
const END_HEADERS = 4;
const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [
  0, 1, 2, 3, 4, 6, 7, 8, 9,
];
const ENHANCE_YOUR_CALM = 11;
const EMPTY = Buffer.alloc(0);
const ONE = Buffer.from([0, 0, 0, 1]);
const CANCEL = Buffer.from([0, 0, 0, 8]);

const call = (stream: number) =>
  frame(HEADERS, END_HEADERS, stream, callHeaders('/postern.auth.v1.AuthService/Validate'));

let stub: StubServer;
let socket: Socket;
let received: Buffer;
beforeEach(async () => {
  stub = await startStub({ requestTimeoutMs: 20_000 });
  const [host = '', port = ''] = stub.address.split(':');
  socket = connect(Number(port), host);
  received = EMPTY;
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
    });
  await once(socket, 'connect');
  socket.write(PREFACE);
  await eventually('the server has sent its SETTINGS', () => received.length >= 9);
});
afterEach(async () => {
  socket.destroy();
  await stub.stop();
});

/** The codes of the GOAWAY frames that came. */
function goaways(): number[] {
  const codes: number[] = [];
  for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    if (received[at + 3] === GOAWAY && at + 17 <= received.length) codes.push(received.readUInt32BE(at + 13));
  }
  return codes;
}

/** Sends `make(0)`, `make(1)`, ... as fast as they are taken, until all are sent or the server has had enough. */
async function flood(make: (i: number) => Buffer): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (let sent = 0; sent < FRAMES && !socket.closed; sent += AT_ONCE) {
    const some = Buffer.concat(Array.from({ length: AT_ONCE }, (_, i) => make(sent + i)));
    await Promise.race([new Promise((resolve) => socket.write(some, resolve)), closed]);
  }
}

async function servesOthers(): Promise<void> {
  const { error } = await callRaw(stub.client, '/grpc.health.v1.Health/Check', EMPTY);
  expect(error).toBeNull();
}

test.each([
  ['PING', frame(PING, 0, 0, Buffer.alloc(8)), 17],
  ['SETTINGS', frame(SETTINGS, 0, 0, EMPTY), 9],
])(
  'A flood of %s frames that waits for each answer, which nghttp2 allows, is ended by the frame guard [E8]',
  async (_what, one, answerBytes) => {
    for (let i = 0; i < FRAMES && goaways().length === 0 && !socket.closed; i += 1) {
      const before = received.length;
      socket.write(one);
      await eventually('it is answered', () => received.length >= before + answerBytes || socket.closed);
    }
    await eventually('the connection is closed', () => socket.closed);
    expect(goaways()[0]).toBe(ENHANCE_YOUR_CALM);
    expect(stub.server.connections().refused.flood).toBe(1);
    await servesOthers();
  },
  60_000,
);

test.each([
  ['PING', () => frame(PING, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', () => frame(SETTINGS, 0, 0, EMPTY)],
  ['empty DATA', (i: number) => (i === 0 ? call(1) : frame(DATA, 0, 1, EMPTY))],
  [
    'CONTINUATION',
    (i: number) => (i === 0 ? frame(HEADERS, 0, 1, callHeaders('/x')) : frame(CONTINUATION, 0, 1, EMPTY)),
  ],
  ['PING answers', () => frame(PING, 1, 0, Buffer.alloc(8))],
])('A flood of %s frames ends its connection, and others are served [E8]', async (_what, make) => {
  await flood(make);
  await eventually('the connection is closed', () => socket.closed);
  await servesOthers();
});

test.each([
  ['WINDOW_UPDATE', () => frame(WINDOW_UPDATE, 0, 0, ONE)],
  ['PRIORITY', (i: number) => frame(PRIORITY, 0, 2 * i + 1, Buffer.from([0, 0, 0, 0, 1]))],
  ['unknown', () => frame(0x33, 0, 0, Buffer.alloc(8))],
  ['one-byte DATA', (i: number) => (i === 0 ? call(1) : frame(DATA, 0, 1, Buffer.from([0])))],
  ['RST_STREAM', (i: number) => (i % 2 === 0 ? call(i + 1) : frame(RST_STREAM, 0, i, CANCEL))],
])('A flood of %s frames delays no other client [E8]', async (_what, make) => {
  const flooded = flood(make);
  await servesOthers();
  await flooded;
  await servesOthers();
});
