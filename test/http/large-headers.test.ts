import { type Running, send, startWithHttp } from './http-client';

let service: Running;
beforeAll(async () => {
  service = await startWithHttp();
});
afterAll(() => service.stop());

test('A request with too many bytes of headers gets a 431 that the metrics count', async () => {
  const headers = { 'x-large': 'x'.repeat(60 * 1024) };
  expect((await send(service.base, 'GET', '/verify', headers)).status).toBe(431);
  const { body } = await send(service.base, 'GET', '/metrics');
  expect(body).toContain('postern_connections_refused_total{port="http",reason="headers_too_large"} 1');
});

test('33 KiB of headers, which nginx passes on as they come, are taken by /verify', async () => {
  expect((await send(service.base, 'GET', '/verify', { 'x-large': 'x'.repeat(33 * 1024) })).status).toBe(401);
});
