/** gRFC A8 and A9. */
export interface ConnectionTimes {
  /** A connection is asked for a sign of life so often, */
  readonly keepaliveMs: number;
  /** and closed when none comes within this time: silent and half-open ones are found so. */
  readonly keepaliveTimeoutMs: number;
  /** Without a call. */
  readonly idleMs: number;
  /**
   * After this time, more or less 10 % so that not all clients come back at once, its client is asked to connect again.
   */
  readonly ageMs: number;
}

const HOUR_MS = 3_600_000;

export const CONNECTION_TIMES: ConnectionTimes = {
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  idleMs: HOUR_MS / 4,
  ageMs: HOUR_MS,
};

/** Calls that run when a connection has reached its age may finish. */
export function ageGraceMs(requestTimeoutMs: number): number {
  return requestTimeoutMs + 5_000;
}
