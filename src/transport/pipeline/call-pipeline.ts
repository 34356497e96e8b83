import type { Logger } from 'pino';
import type { Clock } from '../../auth/clock';
import type { CheckRateLimit } from '../limits/rate-limit';
import type { SourceAddresses } from '../limits/source-address';
import type { LogCall } from './call-log';
import type { SummedRefusal } from './call-summaries';
import type { DeadlineQueue } from './deadline-queue';

/**
 * What every call goes through, whatever transport brings it: the same limits, counters and log. Put together once at
 * the start.
 */
export interface CallPipeline {
  readonly clock: Clock;
  readonly log: Logger;
  /** REQUEST_TIMEOUT_SECONDS, in ms. */
  readonly timeoutMs: number;
  readonly deadlines: DeadlineQueue;
  readonly sources: SourceAddresses;
  /** The limit of a method, if it has one. */
  readonly rateLimit: (path: string) => CheckRateLimit | undefined;
  readonly logCall: LogCall;
  /** Counts a call of what is asked often; false: it is to have a line of its own. `refusal` is unset for a success. */
  readonly sumUp: (path: string, durationMs: number, refusal?: SummedRefusal) => boolean;
}
