export interface Ids {
  /** A UUID of version 7 (RFC 9562): unique, and in the order of time. */
  next(): string;
}
