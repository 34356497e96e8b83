import { type Call, MAX_TIMER_MS, throwIfEnded } from '../../../auth/call';
import { systemClock } from '../../../auth/clock';
import { OperationTimeoutError, translate } from './store-errors';

/** What every command to the server carries. */
export interface OperationOptions {
  /** The server gives up after this many ms. */
  readonly maxTimeMS: number;
  /** The driver gives up, and tries nothing again, once this is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Runs the commands of one call. Resolves or rejects by `call.deadline`, also when the server hangs.
 *
 * @throws CallEndedError when the call was over before; AuthError STORE_UNAVAILABLE
 */
export function duringCall<T>(call: Call, work: (options: OperationOptions) => Promise<T>): Promise<T> {
  try {
    throwIfEnded(call, systemClock);
  } catch (error) {
    return Promise.reject(error);
  }
  return within(call.deadline - systemClock.monotonic(), work);
}

/** Runs commands that must be over within `ms`. @throws AuthError STORE_UNAVAILABLE */
export async function within<T>(ms: number, work: (options: OperationOptions) => Promise<T>): Promise<T> {
  const maxTimeMS = Math.min(Math.max(1, Math.floor(ms)), MAX_TIMER_MS);
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = new OperationTimeoutError();
      reject(reason);
      controller.abort(reason);
    }, maxTimeMS);
  });
  try {
    return await Promise.race([work({ maxTimeMS, signal: controller.signal }), timeout]);
  } catch (error) {
    throw translate(error);
  } finally {
    clearTimeout(timer);
  }
}
