/** The two times that a process knows. */
export interface Clock {
  /**
   * Wall time, ms since the epoch: what is stored and what tokens say. It can be set back or forward while the process
   * runs.
   */
  now(): number;
  /**
   * Ms that go on evenly, never set back or forward: what limits, deadlines and staleness are measured with. Means
   * something in this process only; it begins near wall time, so that a mix-up of the two is a small error.
   */
  monotonic(): number;
}

// Every call asks for the time a few times: the property of the global object and the origin are each read once.
const timer = performance;
const { timeOrigin } = timer;

/**
 * The clocks of the machine, and the only place that reads a monotonic one, so that any two times of a process can be
 * compared. A unit whose time a test moves is given its `Clock`; any other reads this one.
 */
export const systemClock: Clock = { now: Date.now, monotonic: () => timeOrigin + timer.now() };
