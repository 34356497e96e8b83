import type { Logger } from 'pino';
import type { Clock } from '../../auth/clock';
import { AuthorizationService } from '../../gen/envoy/service/auth/v3/external_auth';
import { AuthServiceService } from '../../gen/postern/auth/v1/auth_service';
import { describeEnding } from './call-message';

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

/**
 * Refusals of one method and reason that get a line of their own in a second; a flood of bad tokens must cost neither
 * the disk of the log nor the calls of others.
 */
const OWN_LINES_PER_SECOND = 50;

/** What a call was refused with. */
export interface SummedRefusal {
  readonly status: string;
  readonly reason: string | undefined;
  readonly fault: string | undefined;
}

interface Sum {
  readonly method: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly fault: string | undefined;
  count: number;
  totalMs: number;
  longestMs: number;
}

const SUCCESS: SummedRefusal = { status: 'OK', reason: undefined, fault: undefined };

interface Allowance {
  second: number;
  lines: number;
}

/**
 * Counts the successes of frequent methods, and their refusals beyond what gets a line each, and logs one line for each
 * method, status, reason and fault of the credential and period.
 */
export class CallSummaries {
  readonly #sums = new Map<string, Sum>();
  readonly #allowances = new Map<string, Allowance>();
  readonly #isOn: boolean;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** @param everyMs LOG_SUMMARY_SECONDS, in ms; 0: nothing is counted, every call gets its line */
  constructor(
    private readonly log: Logger,
    private readonly everyMs: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#isOn = everyMs > 0 && !log.isLevelEnabled('debug');
  }

  /**
   * Counts a call. False: it is to have a line of its own, as at level debug every call has.
   *
   * @param refusal unset for a success
   */
  take(path: string, durationMs: number, refusal?: SummedRefusal): boolean {
    const sum = refusal === undefined ? this.#success(path) : this.#refusal(path, refusal);
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
    for (const { method, status, reason, fault, count, totalMs, longestMs } of this.#sums.values()) {
      const duration = { mean_ms: rounded(totalMs / count), longest_ms: rounded(longestMs) };
      const message = `${describeEnding(method, { status, reason, fault })}: ${count} calls`;
      this.log.info({ event: 'calls', method, status, reason, fault, count, ...duration }, message);
    }
    this.#sums.clear();
  }

  #success(path: string): Sum | undefined {
    const sum = this.#sums.get(path);
    if (sum !== undefined) return sum;
    return this.#isOn && FREQUENT.has(path) ? this.#begin(path, path, SUCCESS) : undefined;
  }

  #refusal(path: string, refusal: SummedRefusal): Sum | undefined {
    if (!this.#isOn || !FREQUENT.has(path)) return undefined;
    const key = `${path} ${refusal.status} ${refusal.reason} ${refusal.fault}`;
    if (this.#hasOwnLine(key)) return undefined;
    return this.#sums.get(key) ?? this.#begin(key, path, refusal);
  }

  /** Methods, statuses, reasons and faults are few, so the allowances need no eviction. */
  #hasOwnLine(key: string): boolean {
    const second = Math.floor(this.clock.monotonic() / 1000);
    let allowance = this.#allowances.get(key);
    if (allowance === undefined) {
      allowance = { second, lines: 0 };
      this.#allowances.set(key, allowance);
    }
    if (allowance.second !== second) Object.assign(allowance, { second, lines: 0 });
    allowance.lines += 1;
    return allowance.lines <= OWN_LINES_PER_SECOND;
  }

  #begin(key: string, method: string, { status, reason, fault }: SummedRefusal): Sum {
    const sum = { method, status, reason, fault, count: 0, totalMs: 0, longestMs: 0 };
    this.#sums.set(key, sum);
    this.#timer ??= setTimeout(() => this.flush(), this.everyMs).unref();
    return sum;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
