import { createApp } from './app';
import { ConfigError, loadConfig } from './config/config';
import { StoreRefusedError } from './store/store';

// BSD sysexits.
const EX_SOFTWARE = 70;
const EX_CONFIG = 78;

async function main(): Promise<void> {
  const app = createApp(loadConfig(), { onFatal: () => process.exit(EX_SOFTWARE) });
  const stop = (): void => {
    void app.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await app.start();
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError || error instanceof StoreRefusedError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`Postern could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? EX_CONFIG : 1);
});
