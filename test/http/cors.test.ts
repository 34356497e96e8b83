import { type Running, send, startWithHttp } from './http-client';

const PATH = '/postern.auth.v1.AuthService/Validate';
const ORIGIN = 'https://app.example.com';
const ASKED = 'authorization,baggage,content-type,tracestate,x-own-header';
const PREFLIGHT = { 'access-control-request-method': 'POST', 'access-control-request-headers': ASKED };

describe('with CORS_ORIGINS', () => {
  let service: Running;
  beforeAll(async () => {
    service = await startWithHttp({ CORS_ORIGINS: ORIGIN });
  });
  afterAll(() => service.stop());

  test('A preflight of a listed origin is allowed whichever headers it asks for', async () => {
    const preflight = await send(service.base, 'OPTIONS', PATH, { origin: ORIGIN, ...PREFLIGHT });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-headers': ASKED,
      vary: 'origin, access-control-request-headers',
    });
  });

  test('A preflight that asks for what is no list of header names gets no list back', async () => {
    const asked = { ...PREFLIGHT, 'access-control-request-headers': 'content-type, a b' };
    const preflight = await send(service.base, 'OPTIONS', PATH, { origin: ORIGIN, ...asked });
    expect(preflight.headers['access-control-allow-headers']).toBeUndefined();
  });

  test('A refused origin is named once in the log, and the answer says what is wrong', async () => {
    const origin = 'http://localhost:3001';
    for (let n = 0; n < 3; n += 1) {
      const { body } = await send(service.base, 'OPTIONS', PATH, { origin, ...PREFLIGHT });
      expect(body).toBe('The origin is not in CORS_ORIGINS\n');
    }
    const lines = service.lines().filter((line) => line.origin === origin);
    expect(lines).toEqual([expect.objectContaining({ msg: `Origin ${origin} is not in CORS_ORIGINS` })]);
  });

  test('lets pages of a listed origin call, without cookies', async () => {
    const preflight = await send(service.base, 'OPTIONS', PATH, { origin: ORIGIN, ...PREFLIGHT });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'POST, GET',
    });
    expect(preflight.headers['access-control-allow-headers']).toContain('authorization');
    const answer = await send(service.base, 'POST', PATH, { origin: ORIGIN, 'content-type': 'application/json' }, '{}');
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, vary: 'origin' });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test.each([
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'https://APP.example.com',
    'null',
  ])('does not let pages of %s', async (origin) => {
    const preflight = await send(service.base, 'OPTIONS', PATH, { origin, ...PREFLIGHT });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    const answer = await send(service.base, 'POST', PATH, { origin, 'content-type': 'application/json' }, '{}');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

test('The HTTP port lets no page call without CORS_ORIGINS', async () => {
  const service = await startWithHttp();
  try {
    const preflight = await send(service.base, 'OPTIONS', PATH, { origin: ORIGIN, ...PREFLIGHT });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  } finally {
    await service.stop();
  }
});
