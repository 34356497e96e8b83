import { runInThisContext } from 'node:vm';

/** Runs `work` and returns what was rejected meanwhile without a handler: it would end a service. */
export async function collectUnhandled(work: () => Promise<unknown>): Promise<unknown[]> {
  // The process of the test runner: the one that tests see hears of no rejection.
  const runner = runInThisContext('process') as NodeJS.Process;
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => {
    unhandled.push(error);
  };
  runner.on('unhandledRejection', listener);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    runner.off('unhandledRejection', listener);
  }
  return unhandled;
}
