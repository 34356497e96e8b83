import { createApp } from '../app';
import type { App } from '../composition/lifecycle';
import { availableCores } from '../config/available-cores';
import type { Config } from '../config/config';
import { answerForMetrics, metricsOfAll } from './metrics-of-all';

/** What a worker sends to the process that started it when it is ready. */
export interface WorkerReady {
  readonly event: 'ready';
  readonly grpc: string;
  readonly http: string | undefined;
  readonly health: string | undefined;
  readonly store: string;
}

/** The service as one of several processes that share addresses and store. */
export function createWorkerApp(config: Config, onFatal: () => void): App {
  return createApp(divideAmongWorkers(config), {
    onFatal,
    worker: {
      announce: (addresses, store) => {
        const ready: WorkerReady = { event: 'ready', ...addresses, store };
        process.send?.(ready);
      },
      metrics: (registry) => {
        answerForMetrics(registry);
        return metricsOfAll;
      },
    },
  });
}

/** All workers together hash as many passwords at once, and let as many wait, as one process would. */
function divideAmongWorkers(config: Config, cores = availableCores()): Config {
  const { passwords, workers } = config;
  const share = (whole: number) => Math.ceil(whole / Math.min(workers, cores));
  return {
    ...config,
    warnings: [],
    passwords: {
      ...passwords,
      hashConcurrency: share(passwords.hashConcurrency),
      hashQueue: share(passwords.hashQueue),
    },
  };
}
