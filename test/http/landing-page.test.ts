import { readFileSync } from 'node:fs';
import { openApi } from '../../src/gen/openapi';
import { landingRoute } from '../../src/http/landing/landing-route';
import type { LandingFacts, Overview } from '../../src/http/landing/overview';
import { createHttpServer, type HttpServer } from '../../src/http/server/http-server';
import { type Answer, type Running, send, startWithHttp } from './http-client';

const SECRET_KEY = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const STRONG = { NODE_ENV: 'production', SECRET_KEY };

let service: Running;

const get = (path = '/', headers: Record<string, string> = {}): Promise<Answer> =>
  send(service.base, 'GET', path, headers);
const overview = async (headers: Record<string, string> = {}): Promise<Overview> =>
  JSON.parse((await get('/', { accept: 'application/json', ...headers })).body);
const grpcPort = () => service.grpcAddress.split(':')[1];

describe('the landing page', () => {
  beforeAll(async () => {
    service = await startWithHttp({ CORS_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => service.stop());

  test('says what runs, that it is ready, and how to call it', async () => {
    const { status, headers, body } = await get();
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain(`<h1>Postern ${version}</h1>`);
    expect(body).toContain('>Ready</p>');
    expect(body).toContain(`${service.base}/postern.auth.v1.AuthService/Validate`);
    expect(body).toContain(`127.0.0.1:${grpcPort()}`);
  });

  test('allows nothing from elsewhere, and names its style and script by their hashes [E13]', async () => {
    const { headers, body } = await get();
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]),
    );
    expect(policy.filter((directive) => /unsafe|\*|http/.test(directive))).toEqual([]);
    expect(body.match(/(?:src|href)="[^"/#d][^"]*"/g)).toBeNull();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toBe('no-store');
  });

  test('describes every operation and every type of /openapi.json', async () => {
    const { body } = await get();
    const { paths, components } = openApi;
    for (const path of Object.keys(paths)) expect(body).toContain(`<code>POST ${path}</code>`);
    for (const schema of Object.values(components.schemas)) {
      for (const name of Object.keys(schema.properties)) expect(body).toContain(`<dt><code>${name}</code>`);
    }
    const targets = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const dead = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !targets.has(id));
    expect(dead).toEqual([]);
  });

  test.each([
    ['application/json', 'application/json'],
    ['text/html;q=0.5, application/json', 'application/json'],
    ['application/*', 'application/json'],
    ['*/*, text/html;q=0.5', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['*/*', 'text/html; charset=utf-8'],
    ['application/json;q=0, */*', 'text/html; charset=utf-8'],
    ['application/json;q=x', 'text/html; charset=utf-8'],
    ['text/plain', 'text/html; charset=utf-8'],
  ])('is sent for "accept: %s" as %s', async (accept, type) => {
    const { headers } = await get('/', { accept });
    expect(headers['content-type']).toBe(type);
    expect(headers.vary).toBe('accept');
  });

  test('as JSON says the same, for programs', async () => {
    const { service: name, ready, missing, grpc, examples, version: shown } = await overview();
    expect({ name, ready, missing, tls: grpc.tls, shown }).toEqual({
      name: 'postern',
      ready: true,
      missing: [],
      tls: 'off',
      shown: version,
    });
    expect(examples.curl).toBe(
      `curl -H 'content-type: application/json' -d '{"allowAnonymous": true}' ${service.base}/postern.auth.v1.AuthService/Validate`,
    );
  });

  test('names endpoints that are there, by the methods that they take', async () => {
    const { http } = await overview();
    expect(http.length).toBeGreaterThan(8);
    for (const { method, path } of http) {
      const { status } = await send(service.base, method === 'any' ? 'GET' : method, path);
      expect({ path, isThere: ![404, 405].includes(status) }).toEqual({ path, isThere: true });
    }
  });

  test('answers HEAD as GET without the body, and no other method', async () => {
    const { status, headers, body } = await send(service.base, 'HEAD', '/');
    const { headers: ofGet } = await get();
    expect([status, body]).toEqual([200, '']);
    const withoutDate = ({ date: _, ...rest }: Answer['headers']) => rest;
    expect(withoutDate(headers)).toEqual(withoutDate(ofGet));
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await send(service.base, method, '/')).status).toBe(405);
    }
  });

  test('stands for itself alone: other paths stay 404', async () => {
    for (const path of ['/foo', '/index.html', '/favicon.ico', '/foo/', '/healthz/', '//']) {
      expect([path, (await get(path)).status]).toEqual([path, path === '//' ? 400 : 404]);
    }
    expect((await get('/?from=bookmark')).status).toBe(200);
  });

  test('is for no page of another origin, not even of one in CORS_ORIGINS [E13]', async () => {
    const { headers } = await get('/', { origin: 'https://app.example.com' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    const preflight = await send(service.base, 'OPTIONS', '/', {
      origin: 'https://app.example.com',
      'access-control-request-method': 'GET',
    });
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('writes the host of the request into its lines, and only what is a host', async () => {
    const { examples } = await overview({ host: 'auth.example.com:8080' });
    expect(examples.curl).toContain(' http://auth.example.com:8080/');
    expect(examples.grpcurl).toContain(` auth.example.com:${grpcPort()} `);
    expect((await overview({ host: '[::1]:8080' })).examples.grpcurl).toContain(` [::1]:${grpcPort()} `);
    const { body } = await get('/', { host: '"><img src=x>;$(id)' });
    expect(body).not.toContain('<img');
    expect(body).not.toContain('$(id)');
    expect(body).toContain(' http://localhost/');
  });

  test('is small', async () => {
    const { body } = await get();
    expect(Buffer.byteLength(body)).toBeLessThan(160 * 1024);
  });
});

describe('with settings of its own', () => {
  afterEach(() => service.stop());

  test('the landing page says in production neither the version of Postern nor that of anything else [E13]', async () => {
    service = await startWithHttp(STRONG);
    const answers = [await get(), await get('/', { accept: 'application/json' })];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200);
      const text = `${JSON.stringify(headers)}${body}`;
      for (const secret of [version, process.versions.node, 'lmdb', 'mongo']) expect(text).not.toContain(secret);
      expect(headers.server).toBeUndefined();
    }
    expect((await overview()).version).toBeUndefined();
    expect((await overview()).examples.grpcurl).toContain('-proto postern/auth/v1/auth_service.proto');
  });

  test('LANDING_PAGE=off leaves the root of the HTTP port without a page', async () => {
    service = await startWithHttp({ LANDING_PAGE: 'off' });
    expect((await get()).status).toBe(404);
    expect((await get('/', { accept: 'application/json' })).status).toBe(404);
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('the landing page of a port', () => {
  const facts: LandingFacts = {
    version: undefined,
    tls: 'off',
    reflection: true,
    extAuthz: false,
    json: true,
    grpcAddress: () => '[::]:50051',
  };
  let server: HttpServer;
  let base: string;
  const serve = async (differing: Partial<LandingFacts>, missing: readonly string[] = []): Promise<void> => {
    const route = landingRoute({
      facts: { ...facts, ...differing },
      readiness: () => ({ missing }),
      trusts: () => true,
    });
    server = createHttpServer({
      address: '127.0.0.1:0',
      routes: [route],
      requestTimeoutMs: 1_000,
      findSource: () => 'anybody',
      onFailure: (cause) => {
        throw cause;
      },
    });
    base = `http://${await server.listen()}`;
  };
  const page = async (headers = {}) => (await send(base, 'GET', '/', headers)).body;
  const said = async (headers = {}): Promise<Overview> =>
    JSON.parse(await page({ accept: 'application/json', ...headers }));
  afterEach(() => server.stop(0));

  test('whose service is not ready says what is missing', async () => {
    await serve({}, ['store', 'revocation feed']);
    expect(await page()).toContain('>Not ready: store, revocation feed</p>');
    const { ready, missing } = await said();
    expect({ ready, missing }).toEqual({ ready: false, missing: ['store', 'revocation feed'] });
  });

  test('writes what is text as text, whatever is in it', async () => {
    await serve({}, [`<b id="x">'store' & more</b>`]);
    expect(await page()).toContain('>Not ready: &lt;b id=&quot;x&quot;&gt;&#39;store&#39; &amp; more&lt;/b&gt;</p>');
  });

  test('that takes no JSON names no JSON endpoint and shows no reference', async () => {
    await serve({ json: false });
    expect(await page()).not.toMatch(/openapi|API reference|<code>POST/);
    const { http, examples } = await said();
    expect(http.filter(({ path }) => /postern|openapi/.test(path))).toEqual([]);
    expect(examples.curl).toBe(`curl ${base}/readyz`);
  });

  test.each([
    ['-plaintext', { tls: 'off' }],
    ['-cacert ca.pem', { tls: 'on' }],
    ['-cacert ca.pem -cert client.pem -key client-key.pem', { tls: 'mutual' }],
    ['-plaintext -import-path proto -proto postern/auth/v1/auth_service.proto', { reflection: false }],
  ] as const)('writes "grpcurl %s" where the gRPC port is %p', async (options, differing) => {
    await serve(differing);
    expect((await said()).examples.grpcurl).toBe(
      `grpcurl ${options} -d '{"allowAnonymous": true}' 127.0.0.1:50051 postern.auth.v1.AuthService/Validate`,
    );
  });

  test('does not show the path of a Unix socket', async () => {
    await serve({ grpcAddress: () => 'unix:/run/postern/grpc.sock' });
    expect(await page()).not.toContain('/run/postern');
    expect((await said()).examples.grpcurl).toContain(' "$GRPC_ADDRESS" ');
  });

  test('names what is turned on beside the RPCs', async () => {
    await serve({ extAuthz: true, reflection: false });
    expect((await said()).grpc.services).toEqual([
      'postern.auth.v1.AuthService',
      'postern.auth.v1.AdminService',
      'grpc.health.v1.Health',
      'envoy.service.auth.v3.Authorization',
    ]);
  });

  test('behind a trusted proxy writes the address that the client used', async () => {
    await serve({});
    const headers = { 'x-forwarded-host': 'auth.example.com', 'x-forwarded-proto': 'https' };
    expect((await said(headers)).examples.curl).toContain(' https://auth.example.com/postern');
  });
});
