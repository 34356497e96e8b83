import { count, decimal, oneOf, words } from './parse';
import { headers, otlpEndpoint, otlpUrl, pairs } from './parse-tracing';
import { lenient, optional, Setting, secret, setting } from './setting';

/**
 * Named and read as OpenTelemetry's specification says; of other `OTEL_` variables the exporter reads some by itself
 * (docs/decisions/0054). The specification has what an implementation does not know warned of and ignored, since the
 * same environment is often shared by many programs.
 */
export const TRACING_SETTINGS = {
  endpoint: lenient(
    optional(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'Turns OpenTelemetry traces on: the receiver of OTLP over HTTP, like `http://localhost:4318`; `/v1/traces` is added',
      otlpEndpoint,
    ),
  ),
  tracesEndpoint: lenient(
    optional(
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'The same as a whole URL, with its path; wins over OTEL_EXPORTER_OTLP_ENDPOINT',
      otlpUrl,
    ),
  ),
  headers: secret(
    lenient(
      setting(
        'OTEL_EXPORTER_OTLP_HEADERS',
        '',
        headers,
        'Headers of every export, `name=value` between commas, values percent-encoded',
      ),
    ),
  ),
  timeoutMs: lenient(
    setting(
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      '10000',
      count({ min: 1, max: 600_000 }),
      'How long one export may take with its retries, in milliseconds; 1 to 600000',
    ),
  ),
  protocol: lenient(
    setting(
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'http/protobuf',
      oneOf('http/protobuf', 'http/json'),
      '`http/protobuf`, `http/json`',
    ),
  ),
  serviceName: lenient(
    new Setting<string | undefined>(
      'OTEL_SERVICE_NAME',
      words,
      'postern',
      () => undefined,
      'Name of this service in traces; wins over `service.name` in OTEL_RESOURCE_ATTRIBUTES',
    ),
  ),
  resourceAttributes: lenient(
    setting(
      'OTEL_RESOURCE_ATTRIBUTES',
      '',
      pairs,
      'What else traces say of this service, `name=value` between commas, values percent-encoded',
    ),
  ),
  sampler: lenient(
    setting(
      'OTEL_TRACES_SAMPLER',
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
  ),
  samplerRatio: lenient(
    setting(
      'OTEL_TRACES_SAMPLER_ARG',
      '1',
      decimal({ min: 0, max: 1 }),
      'The part of the traces that the samplers by ratio take; 0 to 1',
    ),
  ),
} as const;
