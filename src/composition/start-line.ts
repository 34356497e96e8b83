import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { SERVICE_NAMES } from '../transport/methods/service-names';

export interface Addresses {
  /** `host:port` or `unix:PATH`, as bound. */
  readonly grpc: string;
  /** Undefined when HTTP_ADDRESS is off. */
  readonly http: string | undefined;
  /** Undefined when HEALTH_ADDRESS is off. */
  readonly health: string | undefined;
}

/** Says once where the service listens and what it stores in: one line for machines, a few for people. */
export function logStart(log: Logger, config: Config, addresses: Addresses, store: string): void {
  const { grpc, http = 'off', health } = addresses;
  log.info(
    { event: 'started', grpc, http, health, store, tls: config.tls !== undefined, pid: process.pid },
    'Postern is ready',
  );
  if (config.log.format !== 'pretty') return;
  log.info(`gRPC on ${grpc}, HTTP ${http === 'off' ? 'off' : `on ${http}`}, store ${store}`);
  if (config.grpc.reflection) log.info(`Try: ${grpcurl(config, grpc)}`);
}

function grpcurl(config: Config, address: string): string {
  const target = address.replace(/^(0\.0\.0\.0|\[::\]):/, 'localhost:').replace(/^unix:(?=[^/])/, 'unix://');
  return `grpcurl ${config.tls === undefined ? '-plaintext' : '-insecure'} ${target} list ${SERVICE_NAMES.auth}`;
}
