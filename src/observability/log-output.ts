import pino from 'pino';
import { systemClock } from '../auth/clock';

export interface Output {
  readonly fd: number;
  /**
   * What may wait for a reader that is slow or gone. More is lost, so that the log never takes the memory of the
   * service.
   */
  readonly maxWaitingBytes: number;
}

/** Lines are written together, at most 100 ms late; what is left is written when the process exits. */
const BUFFERED = { sync: false, minLength: 4096, periodicFlush: 100 };
/** How long the end of the process may wait for a reader. */
const LAST_WRITE_MS = 1_000;

/**
 * Where lines are written without waiting. Whatever becomes of it (a full disk, a reader that is slow or gone), the
 * process goes on, and ends at its signal: what cannot be written waits for the next try, up to the limit. @param
 * onLost is called for each line beyond it
 */
export function logOutput({ fd, maxWaitingBytes }: Output, onLost: () => void) {
  let giveUpAt = Number.POSITIVE_INFINITY;
  const retryEAGAIN = (): boolean => systemClock.monotonic() < giveUpAt;
  const stream = pino.destination({ ...BUFFERED, dest: fd, maxLength: maxWaitingBytes, retryEAGAIN });
  let isStuck = false;
  stream.on('error', () => {
    isStuck = true;
  });
  stream.on('write', () => {
    isStuck = false;
  });
  stream.on('drop', onLost);
  // Its own tries for ever, whatever the error.
  const flushSync = stream.flushSync.bind(stream);
  stream.flushSync = () => {
    if (isStuck) return;
    giveUpAt = systemClock.monotonic() + LAST_WRITE_MS;
    try {
      flushSync();
    } catch {
      // No process reads them any more: the lines are lost with the process.
    }
    giveUpAt = Number.POSITIVE_INFINITY;
  };
  return stream;
}
