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
  return pino(options, prettyTo(destination));
}

/** Writes at once, so that no line is lost or late on a terminal. pino-pretty is loaded only for this. */
function prettyTo(destination: pino.DestinationStream | undefined): pino.DestinationStream {
  const { prettyFactory } = require('pino-pretty') as typeof import('pino-pretty');
  const colorize = destination === undefined && process.stdout.isTTY === true;
  const prettify = prettyFactory({ colorize, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  const target = destination ?? surviving(process.stdout);
  return { write: (line) => void target.write(prettify(line)) };
}

/** Nobody may read the output any more (a closed pipe, a terminal that is gone): that must not end the service. */
function surviving(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.listeners('error').includes(letGo) ? stream : stream.on('error', letGo);
}

function letGo(): void {}

/** Resolves when every line so far has been written. */
export function flushLogger(log: Logger): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()));
}
