import { request } from 'node:http';
import { credentials } from '@grpc/grpc-js';
import { AuthServiceClient } from '../support/clients/service-clients';
import { eventually } from '../support/domain/eventually';
import { send, startWithHttp } from './http-client';

const WRONG = { username: 'nobody', password: 'not the password', deviceName: '' };

test('A source has one rate limit over gRPC and JSON together [B6]', async () => {
  const service = await startWithHttp({ LOGIN_LIMIT_PER_MINUTE: '2' });
  const client = new AuthServiceClient(service.grpcAddress, credentials.createInsecure());
  const overGrpc = () =>
    new Promise<string>((resolve) => client.login(WRONG, (error) => resolve(String(error?.details))));
  try {
    expect(await overGrpc()).toBe('Incorrect username or password');
    expect((await service.rpc('AuthService/Login', WRONG)).status).toBe(401);
    const { status, json, headers } = await service.rpc('AuthService/Login', WRONG);
    expect([status, json.code]).toEqual([429, 'resource_exhausted']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(await overGrpc()).toBe('Too many requests');
  } finally {
    client.close();
    await service.stop();
  }
});

test('A JSON call whose body never finishes is answered after REQUEST_TIMEOUT_SECONDS [E7]', async () => {
  const service = await startWithHttp({ REQUEST_TIMEOUT_SECONDS: '2' });
  try {
    const headers = { 'content-type': 'application/json', 'content-length': '1000' };
    const answer = await new Promise<number>((resolve, reject) => {
      const path = `${service.base}/postern.auth.v1.AuthService/Validate`;
      const outgoing = request(path, { method: 'POST', headers, agent: false }, ({ statusCode = 0 }) => {
        resolve(statusCode);
        outgoing.destroy();
      });
      outgoing.on('error', reject).write('{');
    });
    expect(answer).toBe(504);
  } finally {
    await service.stop();
  }
});

test('a caller who goes away is written down as such', async () => {
  const service = await startWithHttp();
  try {
    const headers = { 'content-type': 'application/json', 'content-length': '1000', 'x-request-id': 'gone-1' };
    const outgoing = request(`${service.base}/postern.auth.v1.AuthService/Validate`, {
      method: 'POST',
      headers,
      agent: false,
    });
    outgoing.on('error', () => {}).write('{');
    // Another request on its own connection shows that the service has seen the first one.
    outgoing.once('socket', (socket) => socket.once('connect', () => setImmediate(() => outgoing.destroy())));
    const line = () => service.lines().find(({ request_id }) => request_id === 'gone-1');
    await send(service.base, 'GET', '/healthz');
    await eventually('the call is logged', () => line() !== undefined);
    expect(line()).toMatchObject({ status: 'CANCELLED' });
  } finally {
    await service.stop();
  }
});
