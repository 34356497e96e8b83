import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { type OtlpReceiver, otlpReceiver } from '../support/otlp/receiver';
import { type Env, type Service, startService, workingDirectory } from '../support/processes/service-process';
import { clientsOfAllWorkers } from '../support/processes/worker-client';

const VALIDATE = 'postern.auth.v1.AuthService/Validate';
/** Writes to standard error, when the process ends, which modules of OpenTelemetry it has loaded. */
const REPORT_MODULES = join(__dirname, '..', 'support', 'otlp', 'report-modules.cjs');

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let receiver: OtlpReceiver;

beforeEach(async () => {
  directory = await workingDirectory();
  receiver = await otlpReceiver();
});
afterEach(async () => {
  await receiver.close();
  await directory.remove();
});

function start(env: Env = {}): Promise<Service> {
  return startService(directory.path, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env });
}

/** So many calls that each have a span, one after the other. */
async function validate({ grpcAddress }: Service, calls = 1, traceparent?: string): Promise<void> {
  const client = reflectionClient(grpcAddress);
  const headers = traceparent === undefined ? {} : { traceparent };
  for (let i = 0; i < calls; i += 1) await client.call(VALIDATE, { allowAnonymous: true }, headers);
  client.close();
}

function findLines(service: Service, event: string): string[] {
  return service
    .printed()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`));
}

test('every span is exported before the process ends at SIGTERM', async () => {
  const service = await start();
  await validate(service, 700);
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(receiver.spans()).toHaveLength(700);
});

test('The exporter of spans speaks protobuf to /v1/traces, or JSON, or to another URL', async () => {
  const first = await start();
  await validate(first);
  await first.stop();
  const otherUrl = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/other?tenant=1` };
  const second = await start({ ...otherUrl, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  await validate(second);
  await second.stop();
  expect(receiver.requests.map(({ path, headers }) => [path, headers['content-type']])).toEqual([
    ['/v1/traces', 'application/x-protobuf'],
    ['/other?tenant=1', 'application/json'],
  ]);
  expect(receiver.spans().map(({ name, kind }) => [name, kind])).toEqual([
    [VALIDATE, 'SERVER'],
    [VALIDATE, 'SERVER'],
  ]);
});

test('an export is compressed and has further headers where the variables of the exporter say so', async () => {
  const service = await start({
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=ours',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-scope=theirs,x-tenant=postern',
  });
  await validate(service);
  await service.stop();
  expect(receiver.spans()).toHaveLength(1);
  expect(receiver.requests[0]?.headers).toMatchObject({
    'content-encoding': 'gzip',
    'x-scope': 'ours',
    'x-tenant': 'postern',
  });
});

test('A span says of the service what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say', async () => {
  const attributes = 'service.name=not-this,deployment.environment.name=a%2Cb';
  const service = await start({ OTEL_SERVICE_NAME: 'door', OTEL_RESOURCE_ATTRIBUTES: attributes });
  await validate(service);
  await service.stop();
  expect(receiver.spans()[0]?.resource).toMatchObject({ 'service.name': 'door', 'deployment.environment.name': 'a,b' });
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, '01', 0],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, '00', 1],
  [{}, '00', 0],
  [{}, '01', 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, '01', 1],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, '01', 0],
])('with %j a caller whose trace has the flags %s gets %i spans', async (env, flags, spans) => {
  const service = await start(env);
  await validate(service, 1, `00-${'d'.repeat(32)}-${'e'.repeat(16)}-${flags}`);
  await service.stop();
  expect(receiver.spans()).toHaveLength(spans);
});

test('calls go on while the receiver is away; the log says so once, and once when it is back', async () => {
  const { port } = new URL(receiver.endpoint);
  await receiver.close();
  const service = await start({ OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
  await validate(service);
  await eventually('the log reports it', () => findLines(service, 'traces.lost').length > 0);
  await validate(service, 1_100);
  receiver = await otlpReceiver(Number(port));
  await eventually('the log reports the end', async () => {
    await validate(service);
    return findLines(service, 'traces.exported').length > 0;
  });
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(findLines(service, 'traces.lost')).toHaveLength(1);
  expect(findLines(service, 'traces.exported')).toHaveLength(1);
});

test('a receiver that never answers holds up the stop by a second at most', async () => {
  const silent = createServer().listen(0, '127.0.0.1').unref();
  await once(silent, 'listening');
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  await validate(service);
  const asked = Date.now();
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(1_700);
  expect(findLines(service, 'traces.lost')).toHaveLength(1);
  silent.close();
});

test('a receiver that is not there holds up the stop by a second at most', async () => {
  await receiver.close();
  const service = await start();
  await validate(service);
  const asked = Date.now();
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(1_700);
});

test('each worker traces by itself', async () => {
  const service = await start({ WORKERS: '2' });
  const clients = await clientsOfAllWorkers(service.grpcAddress, 2);
  expect(clients).toHaveLength(2);
  for (const client of clients) client.close();
  await service.stop();
  expect(new Set(receiver.spans().map(({ resource }) => resource['service.instance.id'])).size).toBe(2);
});

test('without an endpoint nothing of OpenTelemetry is loaded', async () => {
  const modules = async (env: Env) => {
    const service = await start({ ...env, NODE_OPTIONS: `--require ${REPORT_MODULES}` });
    await validate(service);
    const { stderr } = await service.stop();
    return JSON.parse(/^loaded: (.*)$/m.exec(stderr)?.[1] ?? 'null') as string[];
  };
  expect(await modules({})).toEqual(expect.arrayContaining(['sdk-trace', 'otlp-exporter-base', 'otlp-transformer']));
  // prom-client loads the API by itself.
  expect(await modules({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toEqual(['api']);
  expect(receiver.requests).toHaveLength(1);
});
