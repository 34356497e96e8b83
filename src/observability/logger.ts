import pino, { type Logger } from 'pino';
import { errorForLog } from './error-for-log';
import { safeEntry } from './redaction';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** LOG_LEVEL. */
  readonly level: string;
  /** LOG_FORMAT. */
  readonly format: 'json' | 'pretty';
  /** Where lines go; standard output by default. */
  readonly destination?: pino.DestinationStream;
}

/** Lines are written together, at most 100 ms late; what is left is written when the process exits. */
const BUFFERED = { dest: 1, sync: false, minLength: 4096, periodicFlush: 100 };

/**
 * The log: one line per event, JSON with UTC time, or for a person's eyes. Whatever is logged, a line stays a line (control characters
 * are taken out), and keys that could hold a secret are censored: belt and braces, nothing logs them.
 */
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorForLog },
    formatters: { level: (label) => ({ level: label }), log: safeEntry },
  };
  if (format === 'json') return pino(options, destination ?? pino.destination(BUFFERED));
  // pino-pretty is loaded only for a terminal.
  const pretty = require('pino-pretty') as typeof import('pino-pretty');
  const stream = destination === undefined ? { destination: 1 } : { destination, colorize: false };
  return pino(options, pretty({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ...stream }));
}

/** Resolves when every line so far has been written. */
export function flushLogger(log: Logger): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()));
}
