import { setImmediate } from 'node:timers/promises';

// The handlers come first: as process 1 of a container a signal without one is ignored, and what is loaded below takes
// its time.
let stop = (): void => process.exit(0);
// Kept for a second signal too: npm passes on what the terminal has sent already, and a drain must not be cut short
// by that.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop());

// BSD sysexits EX_SOFTWARE.
const EX_SOFTWARE = 70;

async function main(): Promise<void> {
  const { createService, describeStartFailure } = require('./create-service') as typeof import('./create-service');
  let isStopping = false;
  try {
    // A signal that came meanwhile is heard before anything is made: between two immediates the event loop polls
    // once.
    await setImmediate();
    await setImmediate();
    const app = await createService({ fatalCode: EX_SOFTWARE, onFatal: () => process.exit(EX_SOFTWARE) });
    stop = () => {
      isStopping = true;
      void app.stop().then(() => process.exit(0));
    };
    await app.start();
  } catch (error) {
    // A start that fails because it is being stopped has not failed.
    if (isStopping) return;
    const { text, exitCode } = describeStartFailure(error);
    process.stderr.write(text);
    process.exit(exitCode);
  }
}

void main();
