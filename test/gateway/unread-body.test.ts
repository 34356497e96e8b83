import { readFileSync } from 'node:fs';
import { type BehindGateway, startBehind } from './behind-gateway';
import { GATEWAYS } from './running-gateway';

/** The bytes of one caller that another caller's request would begin with: a request of their own. */
const BODY = 'GET /verify HTTP/1.1\r\nhost: postern\r\nauthorization: Bearer none\r\nx-a: ';
const ROUNDS = 25;

const nginx = GATEWAYS.filter(({ name }) => name === 'nginx');

describe.each(nginx)('behind $name that passes the length of a body on, but not the body', (kind) => {
  let behind: BehindGateway;
  let token: string;

  beforeAll(async () => {
    behind = await startBehind(kind, {}, /^proxy_set_header Content-Length "";$/m);
    token = (await behind.service.signedIn('unread-eve')).tokens.accessToken;
  }, 60_000);
  afterAll(() => behind?.stop());

  test('no byte of one request decides about another [E7]', async () => {
    const authorization = `Bearer ${token}`;
    const statuses = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked = await Promise.all([
        behind.send('POST', '/', { authorization, 'content-length': String(BODY.length) }, BODY),
        behind.send('POST', '/', { 'content-length': String(BODY.length) }, BODY),
        behind.send('GET', '/', { authorization }),
        behind.send('GET', '/'),
      ]);
      statuses.push(asked.map(({ status }) => status));
    }
    expect(statuses).toEqual(Array(ROUNDS).fill([200, 401, 200, 401]));
  });
});

describe.each(GATEWAYS)('behind $name', (kind) => {
  let behind: BehindGateway;
  beforeAll(async () => {
    behind = await startBehind(kind);
  }, 120_000);
  afterAll(() => behind?.stop());

  test('17 KB of headers and cookies reach the application, and do not keep the caller out', async () => {
    const { tokens } = await behind.service.signedIn('cookie-ada');
    const large = 'x'.repeat(5_800);
    const headers = { cookie: `a=${large}`, 'x-large-1': large, 'x-large-2': large };
    const { status, body } = await behind.send('GET', '/', {
      authorization: `Bearer ${tokens.accessToken}`,
      ...headers,
    });
    expect([status, JSON.parse(body).cookie]).toEqual([200, headers.cookie]);
  });
});

test.each(['nginx/postern-request.conf', 'caddy/Caddyfile'])('the example %s keeps cookies from Postern', (file) => {
  expect(readFileSync(`examples/${file}`, 'utf8')).toMatch(/^\s*(proxy_set_header Cookie "";|header_up -Cookie)$/m);
});
