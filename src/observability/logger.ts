import pino, { type Logger } from 'pino';
import { errorForLog } from './error-for-log';
import { logOutput, type Output } from './log-output';
import { safeEntry } from './redaction';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** LOG_LEVEL. */
  readonly level: string;
  /** LOG_FORMAT. */
  readonly format: 'json' | 'pretty';
  /** Where lines go; standard output by default. */
  readonly destination?: pino.DestinationStream;
  /** Where JSON lines go otherwise; standard output by default. */
  readonly output?: Output;
}

const STANDARD_OUTPUT: Output = { fd: 1, maxWaitingBytes: 16 * 2 ** 20 };

/**
 * The log: one line per event, JSON with UTC time, or for a person's eyes. Whatever is logged, a line stays a line
 * (control characters are taken out), and keys that could hold a secret are censored: belt and braces, nothing logs
 * them.
 */
export function createLogger({ level, format, destination, output }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorForLog },
    formatters: { level: (label) => ({ level: label }), log: safeEntry },
  };
  if (format === 'pretty') return pino(options, prettyTo(destination));
  return destination === undefined ? bufferedLog(options, output ?? STANDARD_OUTPUT) : pino(options, destination);
}

function bufferedLog(options: pino.LoggerOptions, output: Output): Logger {
  let lost = 0;
  const stream = logOutput(output, () => {
    lost += 1;
  });
  const log = pino(options, stream);
  stream.on('drain', () => {
    if (lost === 0) return;
    log.warn({ event: 'log.lost', lines: lost }, 'The log was not read fast enough, and lines were lost');
    lost = 0;
  });
  return log;
}

/** Writes at once, so that no line is lost or late on a terminal. pino-pretty is loaded only for this. */
function prettyTo(destination: pino.DestinationStream | undefined): pino.DestinationStream {
  const { prettyFactory } = require('pino-pretty') as typeof import('pino-pretty');
  const colorize = destination === undefined && process.stdout.isTTY === true;
  const prettify = prettyFactory({ colorize, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  const target = destination ?? surviving(process.stdout);
  return { write: (line) => void target.write(prettify(line)) };
}

/** The output may have no reader any more (a closed pipe, a terminal that is gone): that must not end the service. */
function surviving(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.listeners('error').includes(ignore) ? stream : stream.on('error', ignore);
}

function ignore(): void {}

/** However little the log is read, a stop goes on after this time. */
const FLUSH_MS = 1_000;

/** Resolves when every line so far has been written, or could not be in time. */
export function flushLogger(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, FLUSH_MS);
    log.flush(() => {
      clearTimeout(late);
      resolve();
    });
  });
}
