import type { Call } from '../call';

export interface LoginLimits {
  /** LOGIN_MAX_FAILURES: per account and source. */
  readonly perSource: number;
  /** Per account, all sources together; does not bind a source from which the account has logged in within 30 days. */
  readonly perAccount: number;
  /** LOGIN_WINDOW_SECONDS, counted from the first failure. */
  readonly windowSeconds: number;
}

/** Which attempts to log in with an account are refused now. */
export interface Lockout {
  /** Until when those from all sources are, but for sources from which the account has logged in lately. */
  readonly everywhereUntil: Date | undefined;
  /** Until when those of single sources are, the longest first; which sources these are is not stored. */
  readonly sourcesUntil: readonly Date[];
}

/**
 * Counters of failed logins, shared by all replicas and durable. Account and source are kept as digests only, and go by
 * themselves when their window is over.
 */
export interface LoginFailures {
  /**
   * Counts one attempt before it is made, atomically: of any number of parallel ones at most the limit are allowed. A
   * refused one is not counted. Returns undefined when the attempt may go on, else the seconds until one may.
   */
  reserve(account: string, source: string, limits: LoginLimits, at: number, call: Call): Promise<number | undefined>;
  /** Takes a reservation back: the password was never looked at. */
  release(account: string, source: string, at: number, call: Call): Promise<void>;
  /**
   * Forgets the failures of this source, takes its reservation back from the account, and remembers the source for 30
   * days.
   */
  succeed(account: string, source: string, at: number, call: Call): Promise<void>;
  /** What is refused now, as `reserve` would; changes nothing. */
  findLockout(account: string, limits: LoginLimits, at: number, call: Call): Promise<Lockout>;
  /** Forgets all failures of the account. */
  clear(account: string, call: Call): Promise<void>;
}
