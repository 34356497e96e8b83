import { credentials, Metadata, status } from '@grpc/grpc-js';
import { reflectionClient } from '../support/clients/reflection-client';
import { AuthServiceClient } from '../support/clients/service-clients';
import { eventually } from '../support/domain/eventually';
import { testDatabaseUrl } from '../support/mongo/mongo';
import type { ExportedSpan } from '../support/otlp/exported-span';
import { type OtlpReceiver, otlpReceiver } from '../support/otlp/receiver';
import {
  type Env,
  runPostern,
  type Service,
  startService,
  workingDirectory,
} from '../support/processes/service-process';

const AUTH = 'postern.auth.v1.AuthService';
const ROOT = { username: 'root', password: 'plum-cabinet-orbit-91' };
const ENV = { DATABASE_URL: testDatabaseUrl(), SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let receiver: OtlpReceiver;

beforeAll(async () => {
  directory = await workingDirectory();
  const who = ['--email', 'root@example.com', '--username', ROOT.username, '--password-stdin'];
  await runPostern(['create-admin', '--new-store', ...who], directory.path, ENV, ROOT.password);
}, 90_000);
beforeEach(async () => {
  receiver = await otlpReceiver();
});
afterEach(() => receiver.close());
afterAll(() => directory.remove());

function start(env: Env = {}): Promise<Service> {
  return startService(directory.path, { ...ENV, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env });
}

function listChildren(name: string): ExportedSpan[] {
  const { spanId } = receiver.spans().find((span) => span.name === name) ?? {};
  return receiver.spans().filter(({ parentSpanId }) => parentSpanId === spanId);
}

test('operations on MongoDB are calls to a database', async () => {
  const service = await start();
  const client = reflectionClient(service.grpcAddress);
  const { tokens } = await client.call(`${AUTH}/Login`, ROOT);
  await client.call(`${AUTH}/Refresh`, { refreshToken: (tokens as { refreshToken: string }).refreshToken });
  client.close();
  await service.stop();
  const login = listChildren(`${AUTH}/Login`);
  const operations = login.filter(({ attributes }) => attributes['db.system.name'] === 'mongodb');
  expect(operations.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['loginFailures.reserve', 'sessions.insert']),
  );
  expect(new Set(operations.map(({ kind }) => kind))).toEqual(new Set(['CLIENT']));
  expect(login.filter((span) => !operations.includes(span)).map(({ name }) => name)).toEqual([
    'password hash wait',
    'password hash',
  ]);
  expect(listChildren(`${AUTH}/Refresh`).map(({ name }) => name)).toContain('sessions.rotate');
});

test('a call that was not answered in its time has failed', async () => {
  const service = await start({ REQUEST_TIMEOUT_SECONDS: '0.1', ARGON2_MEMORY_KIB: '262144', ARGON2_TIME: '8' });
  const client = reflectionClient(service.grpcAddress);
  const account = { email: 'ada@example.com', username: 'ada', password: ROOT.password };
  await expect(client.call(`${AUTH}/Register`, account)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  const register = await receiver.span(`${AUTH}/Register`);
  client.close();
  await service.stop();
  expect(register.failed).toBe(true);
  expect(register.attributes).toMatchObject({
    'rpc.status_code': 'DEADLINE_EXCEEDED',
    'error.type': 'DEADLINE_EXCEEDED',
  });
});

test('a stream of WatchRevocations is one span, which ends with it', async () => {
  const service = await start();
  const client = new AuthServiceClient(service.grpcAddress, credentials.createInsecure());
  const { tokens } = await reflected(service, 'Login', ROOT);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${(tokens as { accessToken: string }).accessToken}`);
  const stream = client.watchRevocations({ resumeToken: '' }, metadata);
  stream.on('error', () => {});
  let beats = 0;
  stream.on('data', () => {
    beats += 1;
  });
  await eventually('two messages have come', () => beats >= 2);
  expect(receiver.spans().filter(({ name }) => name === `${AUTH}/WatchRevocations`)).toEqual([]);
  stream.cancel();
  const watch = await receiver.span(`${AUTH}/WatchRevocations`);
  client.close();
  await service.stop();
  expect(watch).toMatchObject({ kind: 'SERVER', failed: false });
  expect(watch.attributes['rpc.status_code']).toBe('CANCELLED');
  expect(receiver.spans().filter(({ parentSpanId }) => parentSpanId === watch.spanId)).toEqual([]);
});

async function reflected(service: Service, method: string, request: object): Promise<Record<string, unknown>> {
  const client = reflectionClient(service.grpcAddress);
  const answer = await client.call(`${AUTH}/${method}`, request as Record<string, unknown>);
  client.close();
  return answer;
}
