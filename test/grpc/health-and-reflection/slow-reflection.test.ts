import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { ServerReflectionRequest, ServerReflectionResponse } from '../../../src/gen/grpc/reflection/v1/reflection';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';

const PATH = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const QUESTIONS = 3_000;
/** As many calls of others in which nothing moved mean that nothing will. */
const STILL_CALLS = 50;

let stub: StubServer;
let session: ClientHttp2Session;
beforeEach(async () => {
  stub = await startStub({ reflection: true });
  session = connect(`http://${stub.address}`);
});
afterEach(async () => {
  session.destroy();
  await stub.stop();
});

function framed(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function question(): Buffer {
  const messageRequest = {
    $case: 'fileContainingSymbol',
    fileContainingSymbol: 'postern.auth.v1.AuthService',
  } as const;
  // Padded, so that the questions do not all fit into the window of the connection.
  return framed(ServerReflectionRequest.encode({ host: 'x'.repeat(1_000), messageRequest }).finish());
}

function ask(): ClientHttp2Stream {
  const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  stream.on('error', () => {});
  return stream;
}

/** Bytes of questions that the server has not taken, when that no longer changes. */
async function leftBehind(stream: ClientHttp2Stream): Promise<number> {
  let left = stream.writableLength;
  for (let still = 0; still < STILL_CALLS && left > 0; still += 1) {
    await callRaw(stub.client, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
    if (stream.writableLength !== left) still = 0;
    left = stream.writableLength;
  }
  return left;
}

test('A reflection client that does not read its answers is not read from either [E4]', async () => {
  const stream = ask();
  for (let i = 0; i < QUESTIONS; i += 1) stream.write(question());
  expect(await leftBehind(stream)).toBeGreaterThan(0);
});

test('a client that reads them late gets them all, in order', async () => {
  const stream = ask();
  for (let i = 0; i < 60; i += 1) stream.write(question());
  await leftBehind(stream);
  stream.end();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  const bytes = Buffer.concat(chunks);
  let answers = 0;
  for (let at = 0; at < bytes.length; answers += 1) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const { messageResponse } = ServerReflectionResponse.decode(bytes.subarray(at + 5, end));
    expect(messageResponse?.$case).toBe('fileDescriptorResponse');
    at = end;
  }
  expect(answers).toBe(60);
});
