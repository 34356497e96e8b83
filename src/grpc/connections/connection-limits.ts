import type { ServerOptions } from '@grpc/grpc-js';

/** gRFC A8 and A9. */
export interface ConnectionTimes {
  /** A connection on which nothing is heard for this time is asked for a sign of life, */
  readonly keepaliveMs: number;
  /** and closed when none comes within this one: silent and half-open ones are found so. */
  readonly keepaliveTimeoutMs: number;
  /** Without a call. */
  readonly idleMs: number;
  /** After this time, more or less 10 % so that not all clients come back at once, its client is asked to connect again. */
  readonly ageMs: number;
}

const MAX_MESSAGE_BYTES = 128 * 1024;
const HOUR_MS = 3_600_000;

const TIMES: ConnectionTimes = {
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  idleMs: HOUR_MS / 4,
  ageMs: HOUR_MS,
};

/** What grpc-js is to hold a connection to. */
export function connectionLimits(requestTimeoutMs: number, times: ConnectionTimes = TIMES): ServerOptions {
  return {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': times.keepaliveMs,
    'grpc.keepalive_timeout_ms': times.keepaliveTimeoutMs,
    'grpc.max_connection_idle_ms': times.idleMs,
    'grpc.max_connection_age_ms': times.ageMs,
    // Calls that run when a connection has reached its age may finish.
    'grpc.max_connection_age_grace_ms': requestTimeoutMs + 5_000,
    'grpc.enable_channelz': 0,
  };
}
