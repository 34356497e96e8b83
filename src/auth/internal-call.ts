import type { Call } from './call';
import type { Clock } from './clock';

/** A call of the process itself: from a timer, or from the command line. */
export function createInternalCall(clock: Clock, timeoutMs: number, requestId: string): Call {
  const arrivedAt = clock.now();
  return {
    requestId,
    ipAddress: '',
    source: requestId,
    userAgent: '',
    bearer: '',
    arrivedAt,
    deadline: clock.monotonic() + timeoutMs,
    cancelled: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
}
