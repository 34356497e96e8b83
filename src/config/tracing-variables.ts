import { count, decimal, oneOf, words } from './parse';
import { headers, otlpEndpoint, otlpUrl, pairs } from './parse-tracing';
import { optional, secret, variable } from './variable';

/** Named and read as OpenTelemetry's specification says; no other `OTEL_` variable is read. */
export const TRACING_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    'Turns OpenTelemetry traces on: the receiver of OTLP over HTTP, like `http://localhost:4318`; `/v1/traces` is added',
    otlpEndpoint,
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(
    'The same as a whole URL, with its path; wins over OTEL_EXPORTER_OTLP_ENDPOINT',
    otlpUrl,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secret(
    variable('', headers, 'Headers of every export, `name=value` between commas, values percent-encoded'),
  ),
  OTEL_EXPORTER_OTLP_TIMEOUT: variable(
    '10000',
    count({ min: 1, max: 600_000 }),
    'How long one export may take with its retries, in milliseconds; 1 to 600000',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable(
    'http/protobuf',
    oneOf('http/protobuf', 'http/json'),
    '`http/protobuf`, `http/json`',
  ),
  OTEL_SERVICE_NAME: {
    ...optional('Name of this service in traces; wins over `service.name` in OTEL_RESOURCE_ATTRIBUTES', words),
    shownDefault: 'postern',
  },
  OTEL_RESOURCE_ATTRIBUTES: variable(
    '',
    pairs,
    'What else traces say of this service, `name=value` between commas, values percent-encoded',
  ),
  OTEL_TRACES_SAMPLER: variable(
    'parentbased_always_on',
    oneOf(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    'Which traces are taken: `always_on`, `always_off`, `traceidratio`, `parentbased_always_on`, `parentbased_always_off`, `parentbased_traceidratio`; `parentbased_`: as the caller has decided, where it has',
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(
    '1',
    decimal({ min: 0, max: 1 }),
    'The part of the traces that the samplers by ratio take; 0 to 1',
  ),
} as const;
