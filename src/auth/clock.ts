/** The two times that a process knows. */
export interface Clock {
  /**
   * Wall time, ms since the epoch: what is stored and what tokens say. It can be set back or forward while the process
   * runs.
   */
  now(): number;
  /**
   * Ms since some start of this process's choice, never set back: what limits, deadlines and staleness are measured
   * with.
   */
  monotonic(): number;
}

/** The clocks of the machine. */
export const systemClock: Clock = { now: Date.now, monotonic: () => performance.now() };
