import { once } from 'node:events';
import { connect } from 'node:http2';
import type { RevocationEvent } from '../../../src/auth/revocation/revocations';
import { eventually } from '../../support/domain/eventually';
import { type StubServer, startStub } from '../../support/grpc/stub-server';

let server: StubServer;
let notify: (event: RevocationEvent) => void = () => {};
let known: RevocationEvent[] = [];
beforeEach(async () => {
  server = await startStub({
    watchRevocations: () => ({
      userId: 'user-1',
      known,
      startToken: '',
      freshAt: () => Date.now(),
      resumeToken: () => '1',
      check: () => {},
      observe: (observer) => {
        notify = observer;
        return () => {};
      },
    }),
  });
});
afterEach(() => server.stop());

const event = (i: number): RevocationEvent => ({ sessionId: `session-${i}`, at: Date.now(), reason: 'revoked' });

/** A stream whose reader opens no window: nothing but headers can reach it. */
async function stalled() {
  const session = connect(`http://${server.address}`, { settings: { initialWindowSize: 0 } });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/postern.auth.v1.AuthService/WatchRevocations',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.end(Buffer.alloc(5));
  await once(stream, 'response');
  return session;
}

const endOfWatch = () => server.lines.find(({ method }) => method === '/postern.auth.v1.AuthService/WatchRevocations');

test('a reader that takes nothing is refused with a retry once its bound is reached', async () => {
  const session = await stalled();
  for (let i = 0; i < 10_000; i += 1) notify(event(i));
  expect(endOfWatch()).toBeUndefined();
  for (let i = 0; i < 2_000; i += 1) notify(event(i));
  await eventually('the stream is given up', () => endOfWatch() !== undefined);
  expect(endOfWatch()).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED' });
  session.destroy();
});

test('what is known is made into messages only as fast as the reader takes them', async () => {
  let made = 0;
  known = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 100_000; i += 1) {
        made += 1;
        yield event(i);
      }
    },
  } as unknown as RevocationEvent[];
  const session = await stalled();
  await eventually('the first messages', () => made > 0);
  expect(made).toBeLessThan(2_000);
  session.destroy();
  await eventually('the end', () => endOfWatch()?.status === 'CANCELLED');
});
