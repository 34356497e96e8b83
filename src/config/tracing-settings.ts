import type { Values } from './env';

/** Where traces go and which are taken. */
export interface TracingSettings {
  readonly endpoint: string;
  /** May hold a credential, so never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly protocol: Values['OTEL_EXPORTER_OTLP_PROTOCOL'];
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampler: Values['OTEL_TRACES_SAMPLER'];
  readonly samplerRatio: number;
}

/** Undefined where no endpoint is given. */
export function tracingSettings(values: Values): TracingSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_RESOURCE_ATTRIBUTES: resourceAttributes } = values;
  const endpoint = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (endpoint === undefined) return undefined;
  return {
    endpoint,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: values.OTEL_EXPORTER_OTLP_TIMEOUT,
    protocol: values.OTEL_EXPORTER_OTLP_PROTOCOL,
    serviceName: values.OTEL_SERVICE_NAME ?? resourceAttributes['service.name'] ?? 'postern',
    resourceAttributes,
    sampler: values.OTEL_TRACES_SAMPLER,
    samplerRatio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}
