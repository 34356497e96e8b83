import type { Logger } from 'pino';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import type { Reason } from '../../auth/errors';

/** How a call ended. */
export interface CallStatus {
  /** google.rpc.Code. */
  readonly code: number;
  readonly message: string;
  readonly reason?: Reason;
  /** google.rpc.Status, encoded. */
  readonly details?: Buffer;
  /** Nobody foresaw this; it is to be logged with its cause. */
  readonly unexpected?: true;
}

/** A call that can be written about. */
export interface LoggedCall extends Call {
  /** The first value of a header, or empty. */
  first(name: string): string;
}

/** A unary RPC: bytes of its messages in and out, and its handler between them. */
export interface RpcMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (response: unknown) => Uint8Array;
  readonly handle: (request: unknown, call: Call) => unknown;
}

/** Follows requests that are no RPCs. */
export interface RequestTracing {
  /** Runs `answer`, whose result tells how the request was answered. */
  request<R extends { readonly status: number; readonly outcome: string }>(
    call: LoggedCall,
    method: string,
    route: string,
    answer: () => R,
  ): R;
  /** For the line that the log has of the call. */
  idsOf(call: Call): { readonly trace_id: string; readonly span_id: string } | undefined;
}

/** What calls go through whatever transport brings them: the same limits, the same counters, the same log as over gRPC. */
export interface CallDesk {
  readonly clock: Clock;
  readonly log: Logger;
  /** REQUEST_TIMEOUT_SECONDS, in ms. */
  readonly timeoutMs: number;
  readonly sources: {
    /** @param peer the address of the connection, undefined for a Unix socket */
    of(
      peer: string | undefined,
      forwardedFor: () => string,
    ): { readonly ipAddress: string /** What limits count by. */; readonly key: string };
    /** Whether it is one of TRUSTED_PROXIES. */
    trusts(peer: string | undefined): boolean;
  };
  /** The limit of a method, if it has one; throws AuthError RATE_LIMITED. */
  readonly admit: (path: string) => ((call: LoggedCall) => void) | undefined;
  readonly logCall: (path: string, call: LoggedCall, status: CallStatus, durationMs: number) => void;
  /** Counts a success of what is asked often; false: it is to have a line of its own. */
  readonly sumUp: (path: string, durationMs: number) => boolean;
  /** The caller's `x-request-id` if it may stand in logs, else a new one. */
  readonly requestId: (given: string) => string;
  /** The status of whatever a handler threw. */
  readonly statusOf: (error: unknown) => CallStatus;
}
