import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { LogoutRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

let stub: StubServer;
let session: ClientHttp2Session;
beforeEach(async () => {
  stub = await startStub({ auth: { logout: async () => ({}) } });
  session = connect(`http://${stub.address}`);
});
afterEach(async () => {
  session.destroy();
  await stub.stop();
});

/** One call of Logout as it goes over the wire. */
async function logout(more: Record<string, string> = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': `${SERVICE}/Logout`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...more,
  });
  const message = LogoutRequest.encode({ refreshToken: 'token' }).finish();
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
  stream.resume();
  const [[headers], [trailers]] = await Promise.all([once(stream, 'response'), once(stream, 'trailers')]);
  return { headers, trailers } as Record<'headers' | 'trailers', IncomingHttpHeaders>;
}

describe('the headers of an answer', () => {
  it('are those that the protocol asks for and the request id, and none that says nothing', async () => {
    const { headers, trailers } = await logout({ 'x-request-id': 'mine' });
    expect({ ...headers }).toEqual({
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-accept-encoding': 'identity,deflate,gzip',
      'x-request-id': 'mine',
      date: expect.any(String),
      // Never indexed.
      [sensitiveHeaders]: ['x-request-id'],
    });
    expect({ ...trailers }).toEqual({ 'grpc-status': '0', [sensitiveHeaders]: [] });
  });

  it('carry the request id of their own call when many are under way at once', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `call-${n}`);
    const answers = await Promise.all(ids.map((id) => logout({ 'x-request-id': id })));
    expect(answers.map(({ headers }) => headers['x-request-id'])).toEqual(ids);
  });
});
