import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Tracing } from '../observability/tracing/tracing';
import type { Closers } from './closers';

/** However late it is, the last traces get so long. */
const LEAST_MS = 100;

/** Where traces are configured, and only there, OpenTelemetry is loaded. */
export function openTracing({ tracing: options, drainMs }: Config, log: Logger, closers: Closers) {
  if (options === undefined) return undefined;
  const { startTracing } =
    require('../observability/tracing/start-tracing') as typeof import('../observability/tracing/start-tracing');
  const tracing: Tracing = startTracing(options, versionOfPackage(), log);
  let drainsUntil = 0;
  closers.push('traces', () => tracing.close(Math.max(LEAST_MS, drainsUntil - Date.now())));
  return {
    ...tracing,
    /** To be called when a stop begins: from then on DRAIN_SECONDS are counted. */
    beginDrain(): void {
      drainsUntil = Date.now() + drainMs;
      tracing.flush();
    },
  };
}

function versionOfPackage(): string {
  return (JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string }).version;
}
