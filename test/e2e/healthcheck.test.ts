import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anAuthority } from '../support/clients/certificates';
import {
  type Env,
  runPostern,
  type Service,
  startService,
  workingDirectory,
} from '../support/processes/service-process';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service | undefined;

beforeEach(async () => {
  directory = await workingDirectory();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await directory.remove();
});

const authority = anAuthority();
const folder = mkdtempSync(join(tmpdir(), 'postern-certificates-'));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Settings of a server whose certificate an authority has issued that is not in the file. */
function tls(usage: 'server' | 'client', ...further: string[]) {
  const { cert, key } = authority.issue('postern', { usage });
  return { TLS_CERT_FILE: file('cert.pem', [cert, ...further].join('')), TLS_KEY_FILE: file('key.pem', key) };
}

/** Starts the service and asks it with its own environment, with the ports that it picked. */
async function check(env: Env, askedWith: Env = {}) {
  service = await startService(directory.path, env);
  const asked = { ...env, GRPC_ADDRESS: service.grpcAddress };
  const http = service.httpAddress === 'off' ? {} : { HTTP_ADDRESS: service.httpAddress };
  return runPostern(['healthcheck'], directory.path, { ...asked, ...http, ...askedWith });
}

const SERVING = { code: 0, stdout: 'SERVING\n', stderr: '' };

test('healthcheck asks a service without TLS, whatever proxies the environment names', async () => {
  const proxies = {
    http_proxy: 'http://127.0.0.1:1',
    https_proxy: 'http://127.0.0.1:1',
    grpc_proxy: 'http://127.0.0.1:1',
  };
  expect(await check(proxies)).toMatchObject(SERVING);
});

test('healthcheck asks a service on a unix socket', async () => {
  const GRPC_ADDRESS = `unix:${join(directory.path, 'postern.sock')}`;
  expect(await check({ GRPC_ADDRESS }, { GRPC_ADDRESS })).toMatchObject(SERVING);
});

test.each([
  ['[::]', '[::]'],
  ['0.0.0.0', '0.0.0.0'],
])('healthcheck asks a service that listens on every address, %s', async (_name, host) => {
  const started = await check({ GRPC_ADDRESS: `${host}:0` });
  expect(started).toMatchObject(SERVING);
});

test.each([
  ['the leaf alone', () => tls('server')],
  ['the leaf and its issuer', () => tls('server', authority.cert)],
])('healthcheck asks a service whose certificate an authority has issued: %s', async (_what, settings) => {
  expect(await check({ ...settings(), HTTP_ADDRESS: 'off' })).toMatchObject(SERVING);
});

test.each<[string, () => Env]>([
  ["its own certificate, which the service takes as a client's", () => ({ ...tls('client'), HTTP_ADDRESS: 'off' })],
  ['/readyz, where the service does not take its own certificate', () => tls('server')],
])('healthcheck asks a service that demands client certificates by %s', async (_what, settings) => {
  const mutual = { ...settings(), TLS_CLIENT_CA_FILE: file('ca.pem', authority.cert) };
  expect(await check(mutual)).toMatchObject(SERVING);
});

test('healthcheck says why a service that demands client certificates could not be asked', async () => {
  const mutual = { ...tls('server'), TLS_CLIENT_CA_FILE: file('ca.pem', anAuthority().cert), HTTP_ADDRESS: 'off' };
  const { code, stdout, stderr } = await check(mutual);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^NOT SERVING: 127\.0\.0\.1:\d+: .+/);
});

test('healthcheck asks HEALTH_ADDRESS where it is set', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const HEALTH_ADDRESS = `127.0.0.1:${(probe.address() as AddressInfo).port}`;
  probe.close();
  await once(probe, 'close');
  const mutual = { ...tls('server'), TLS_CLIENT_CA_FILE: file('ca.pem', anAuthority().cert), HTTP_ADDRESS: 'off' };
  expect(await check({ ...mutual, HEALTH_ADDRESS }, { GRPC_ADDRESS: '127.0.0.1:1' })).toMatchObject(SERVING);
});

test.each<[string, () => Env]>([
  ['plaintext', () => ({})],
  ['TLS', () => tls('server')],
  ['mutual TLS', () => ({ ...tls('server'), TLS_CLIENT_CA_FILE: file('ca.pem', authority.cert) })],
])('healthcheck gives up within 3 s on a port that says nothing, over %s', async (_what, settings) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const asked = Date.now();
  const env = { ...settings(), GRPC_ADDRESS: address, HTTP_ADDRESS: address.replace('127.0.0.1', 'localhost') };
  const { code, stdout, stderr } = await runPostern(['healthcheck'], directory.path, env);
  expect(Date.now() - asked).toBeLessThan(3_000);
  silent.close();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^NOT SERVING: .*no answer within \d s/);
});

test('healthcheck says that no service listens, for people and for programs', async () => {
  const env = { GRPC_ADDRESS: '127.0.0.1:1' };
  const people = await runPostern(['healthcheck'], directory.path, env);
  expect(people).toMatchObject({ code: 1, stdout: '' });
  expect(people.stderr).toBe('NOT SERVING: 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n');
  const programs = await runPostern(['healthcheck', '--json'], directory.path, env);
  expect(JSON.parse(programs.stdout)).toEqual({
    serving: false,
    causes: ['127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1'],
  });
});
