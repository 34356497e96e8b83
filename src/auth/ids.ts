export interface Ids {
  /** A UUID of version 7 (RFC 9562): unique, and in the order of time. */
  next(): string;
}

export interface EventIds {
  /**
   * A UUID of version 7 of this time (ms since the epoch), whatever the time of those before it was; those of one time
   * are in the order in which they were asked for.
   */
  at(time: number): string;
}
