import type { Logger } from 'pino';
import { AuthorizationService } from '../../gen/envoy/service/auth/v3/external_auth';
import { AuthServiceService } from '../../gen/postern/auth/v1/auth_service';

/**
 * What others ask on every request of their own: a line for each would be most of the log, and most of the price of the
 * call.
 */
const FREQUENT: ReadonlySet<string> = new Set([
  AuthServiceService.validate.path,
  AuthServiceService.checkRole.path,
  AuthServiceService.batchValidate.path,
  AuthorizationService.check.path,
  '/verify',
]);

interface Sum {
  count: number;
  totalMs: number;
  longestMs: number;
}

/** Counts the successes of frequent methods and logs one line for each method and period. */
export class CallSummaries {
  readonly #sums = new Map<string, Sum>();
  readonly #isOn: boolean;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** @param everyMs LOG_SUMMARY_SECONDS, in ms; 0: nothing is counted, every call gets its line */
  constructor(
    private readonly log: Logger,
    private readonly everyMs: number,
  ) {
    this.#isOn = everyMs > 0 && !log.isLevelEnabled('debug');
  }

  /** Counts a success. False: it is to have a line of its own, as at level debug every call has. */
  take(path: string, durationMs: number): boolean {
    const sum = this.#sums.get(path) ?? this.#begin(path);
    if (sum === undefined) return false;
    sum.count += 1;
    sum.totalMs += durationMs;
    if (durationMs > sum.longestMs) sum.longestMs = durationMs;
    return true;
  }

  /** Logs what has been counted until now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [method, { count, totalMs, longestMs }] of this.#sums) {
      const duration = { mean_ms: rounded(totalMs / count), longest_ms: rounded(longestMs) };
      this.log.info({ event: 'calls', method, status: 'OK', count, ...duration }, 'calls');
    }
    this.#sums.clear();
  }

  #begin(path: string): Sum | undefined {
    if (!this.#isOn || !FREQUENT.has(path)) return undefined;
    const sum = { count: 0, totalMs: 0, longestMs: 0 };
    this.#sums.set(path, sum);
    this.#timer ??= setTimeout(() => this.flush(), this.everyMs).unref();
    return sum;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
