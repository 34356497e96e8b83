import { fileIn, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test('nothing is traced without an endpoint, whatever else is said', () => {
  expect(loadWith({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'door' }).tracing).toBeUndefined();
});

test('An endpoint is enough to trace', () => {
  expect(loadWith(ENDPOINT).tracing).toEqual({
    endpoint: 'http://collector:4318/v1/traces',
    headers: {},
    timeoutMs: 10_000,
    protocol: 'http/protobuf',
    serviceName: 'postern',
    resourceAttributes: {},
    sampler: 'parentbased_always_on',
    samplerRatio: 1,
  });
});

test.each([
  ['http://collector:4318/', 'http://collector:4318/v1/traces'],
  ['https://collector/otlp/', 'https://collector/otlp/v1/traces'],
  ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
])('adds the path of traces to %s', (base, endpoint) => {
  expect(loadWith({ OTEL_EXPORTER_OTLP_ENDPOINT: base }).tracing?.endpoint).toBe(endpoint);
});

test('Tracing takes the URL of traces as it is, before the common one', () => {
  const url = 'https://collector/in?tenant=1';
  expect(loadWith({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url }).tracing?.endpoint).toBe(url);
  expect(loadWith({ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url }).tracing?.endpoint).toBe(url);
});

test('Tracing reads headers and attributes percent-encoded, the headers from a file too', () => {
  const at = runtimeFacts();
  const OTEL_EXPORTER_OTLP_HEADERS_FILE = fileIn(at, 'headers', 'authorization=Bearer%20a%3Db, x-scope = one=two\n');
  const OTEL_RESOURCE_ATTRIBUTES = 'service.name=door,team=a%2Cb,empty=';
  const { tracing } = loadWith({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS_FILE, OTEL_RESOURCE_ATTRIBUTES }, at);
  expect(tracing?.headers).toEqual({ authorization: 'Bearer a=b', 'x-scope': 'one=two' });
  expect(tracing?.resourceAttributes).toEqual({ 'service.name': 'door', team: 'a,b', empty: '' });
  expect(tracing?.serviceName).toBe('door');
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'http://localhost:4318'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector:4317', 'http://localhost:4318'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://', 'http://localhost:4318'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318?tenant=1', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://me:canary@collector', 'OTEL_EXPORTER_OTLP_HEADERS'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'ftp://collector/', 'http://localhost:4318'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'http/protobuf, http/json'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', 'from 1 to 600000'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s', 'from 1 to 600000'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', 'name=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', '=canary', 'name=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-key=%canary', 'name=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x key=canary', 'header'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-key=canary%0d%0ahost: x', 'header'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team', 'name=value'],
  ['OTEL_SERVICE_NAME', 'a\u0007b', 'control characters'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'parentbased_traceidratio'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'from 0 to 1'],
])('ignores %s=%s, and warns of it with what to write, traced or not', (name, text, advice) => {
  const ignored = loadWith({ ...ENDPOINT, [name]: text });
  const isEndpoint = name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  expect(ignored.tracing).toEqual(isEndpoint ? undefined : loadWith(ENDPOINT).tracing);
  for (const { warnings } of [ignored, loadWith({ [name]: text })]) {
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^${name} .+; .+; until then it is ignored$`))]);
    expect(warnings[0]).toContain(advice);
    expect(warnings[0]).not.toContain('canary');
  }
});

test('Tracing reads no variable of OpenTelemetry that the table lacks, and does not stop at one', () => {
  const unread = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_PROPAGATORS: 'b3', OTEL_EXPORTER_OTLP_COMPRESSION: 'lzma' };
  expect(loadWith({ ...ENDPOINT, ...unread })).toMatchObject({ tracing: loadWith(ENDPOINT).tracing, warnings: [] });
});
