import { systemClock } from '../auth/clock';
import { Closers } from '../composition/closers';
import { type App, createLifecycle } from '../composition/lifecycle';
import { revocationWindowMs } from '../composition/revocation-window';
import { logStart } from '../composition/start-line';
import type { Config } from '../config/config';
import { createLogger } from '../observability/logger';
import { openStore } from '../store/open-store';
import { serveMetricsOfAll } from './metrics-of-all';
import { WorkerFleet } from './worker-fleet';

/** How much longer than DRAIN_SECONDS a worker may take before it is ended. */
const STOP_MARGIN_MS = 500;

/**
 * The first of WORKERS + 1 processes. It answers no call: it accepts connections and hands them to the workers in turn,
 * holds the lock of the service on an embedded data directory and sweeps there, replaces workers that end, and lets
 * all drain at the stop.
 */
export function createSupervisor(config: Config, hooks: { fatalCode: number; onFatal: () => void }): App {
  const log = createLogger(config.log);
  const closers = new Closers();

  const open = async () => {
    if (config.database.kind === 'embedded') await holdStore();
    serveMetricsOfAll();
    const fleet = new WorkerFleet({ count: config.workers, config, log, ...hooks });
    closers.push('workers', () => fleet.stop(config.drainMs + STOP_MARGIN_MS));
    const { grpc, http, health, store } = await fleet.start();
    const addresses = { grpc, http, health };
    logStart(log, config, addresses, store);
    return addresses;
  };

  const holdStore = async (): Promise<void> => {
    const store = await openStore(config.database, {
      openedBy: 'service',
      clock: systemClock,
      revocationWindowMs: revocationWindowMs(config),
      auditRetentionMs: config.auditRetentionMs,
      onProblem: (problem, cause) => log.warn({ err: cause }, problem),
      onFatal: hooks.onFatal,
    });
    closers.push('store', () => store.close());
  };

  return createLifecycle({ log, warnings: config.warnings, closers, farewell: 'The workers drain' }, open);
}
