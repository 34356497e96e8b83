import type { ValuesOf } from './setting';
import type { TRACING_SETTINGS } from './tracing-settings';

type Values = ValuesOf<typeof TRACING_SETTINGS>;

/** Where traces go and which are taken; `headers` may hold a credential, so it is never logged. */
export interface TracingConfig extends Omit<Values, 'endpoint' | 'tracesEndpoint' | 'serviceName'> {
  /** Where spans are posted to, with the path. */
  readonly endpoint: string;
  readonly serviceName: string;
}

/** Undefined where no endpoint is given. */
export function buildTracingConfig(values: Values): TracingConfig | undefined {
  const { endpoint: base, tracesEndpoint, serviceName, ...rest } = values;
  const endpoint = tracesEndpoint ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (endpoint === undefined) return undefined;
  return { ...rest, endpoint, serviceName: serviceName ?? rest.resourceAttributes['service.name'] ?? 'postern' };
}
