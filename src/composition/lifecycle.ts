import type { Logger } from 'pino';
import { flushLogger } from '../observability/logger';
import type { Closers } from './closers';
import type { Addresses } from './start-line';

/** One process of the service. */
export interface App {
  /** Resolves when the service is ready; a start that fails closes what it had opened and rejects. */
  start(): Promise<Addresses>;
  /**
   * Graceful shutdown: NOT_SERVING, no new connections, calls finish or are cut off within DRAIN_SECONDS, everything is
   * flushed and closed.
   */
  stop(): Promise<void>;
}

export interface Lifecycle {
  readonly log: Logger;
  /** Called before anything is opened: a start that fails may have made a secret that must be known of. */
  readonly warnings: readonly string[];
  /** Where `open` puts what it has opened. */
  readonly closers: Closers;
  /** What is logged when the stop begins. */
  readonly farewell: string;
}

/** An app that `open` makes ready. */
export function createLifecycle({ log, warnings, closers, farewell }: Lifecycle, open: () => Promise<Addresses>): App {
  let stopped: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    for (const { name, cause } of await closers.closeAll()) log.error({ err: cause }, `Could not close the ${name}`);
  };
  const drain = async (): Promise<void> => {
    log.info({ event: 'stopping' }, farewell);
    await close();
    log.info({ event: 'stopped' }, 'Stopped');
    await flushLogger(log);
  };

  return {
    async start() {
      for (const warning of warnings) log.warn(warning);
      try {
        return await open();
      } catch (error) {
        await close();
        await flushLogger(log);
        throw error;
      }
    },
    stop() {
      stopped ??= drain();
      return stopped;
    },
  };
}
