/** Where the time comes from; tests bring their own. */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Ms since some moment; never set. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
