import type { Logger } from 'pino';
import { systemClock } from '../auth/clock';
import type { Config } from '../config/config';
import type { Tracing } from '../observability/tracing/tracing';
import type { Closers } from './closers';
import { readPackageVersion } from './package-version';

/** The last traces may hold up a stop for so long, whatever DRAIN_SECONDS leaves; an agent that is away must not. */
const FLUSH_MS = { min: 100, max: 1_000 } as const;

/** Where traces are configured, and only there, OpenTelemetry is loaded. */
export function openTracing({ tracing: options, drainMs }: Config, log: Logger, closers: Closers) {
  if (options === undefined) return undefined;
  const { startTracing } =
    require('../observability/tracing/start-tracing') as typeof import('../observability/tracing/start-tracing');
  const tracing: Tracing = startTracing(options, readPackageVersion(), log);
  let drainsUntil = 0;
  closers.push('traces', () => {
    const left = drainsUntil - systemClock.monotonic();
    return tracing.close(Math.max(FLUSH_MS.min, Math.min(FLUSH_MS.max, left)));
  });
  return {
    ...tracing,
    /** To be called when a stop begins: from then on DRAIN_SECONDS are counted. */
    beginDrain(): void {
      drainsUntil = systemClock.monotonic() + drainMs;
      tracing.flush();
    },
  };
}
