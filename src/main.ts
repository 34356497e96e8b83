import cluster from 'node:cluster';
import { createApp } from './app';
import { tuneCollector } from './composition/collector';
import type { App } from './composition/lifecycle';
import { startFailureText } from './composition/start-failure';
import { keepTickShape } from './composition/tick-shape';
import { type Config, ConfigError, loadConfig } from './config/config';
import { createSupervisor } from './workers/supervisor';
import { createWorkerApp } from './workers/worker-app';
import { WorkerStartError } from './workers/worker-fleet';

// BSD sysexits.
const EX_SOFTWARE = 70;
const EX_CONFIG = 78;

function service(config: Config): App {
  const onFatal = () => process.exit(EX_SOFTWARE);
  if (cluster.isWorker) return createWorkerApp(config, onFatal);
  return config.workers > 1
    ? createSupervisor(config, { fatalCode: EX_SOFTWARE, onFatal })
    : createApp(config, { onFatal });
}

async function main(): Promise<void> {
  tuneCollector();
  keepTickShape();
  const app = service(loadConfig());
  const stop = (): void => {
    void app.stop().then(() => process.exit(0));
  };
  // Kept for a second signal too: npm passes on what the terminal has sent already, and a drain must not be cut short
  // by that.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await app.start();
}

main().catch((error: unknown) => {
  if (error instanceof WorkerStartError) process.exit(error.exitCode);
  process.stderr.write(`${startFailureText(error)}\n`);
  process.exit(error instanceof ConfigError ? EX_CONFIG : 1);
});
