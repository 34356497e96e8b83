import type { Call } from '../../auth/call';
import type { Reason } from '../../auth/errors';
import { Code } from '../errors/code';
import type { LoggedCall } from './call-log';
import type { CallPipeline } from './call-pipeline';

/** How callers reach an RPC: gRPC, or JSON by the Connect protocol. */
export type RpcSystem = 'grpc' | 'connectrpc';

/** Follows calls from their headers to their answer. */
export interface CallTracing {
  begin(call: LoggedCall, path: string, system: RpcSystem): void;
  /** Also of a call that was refused before it could begin. */
  end(
    call: LoggedCall,
    path: string,
    system: RpcSystem,
    how: { readonly code: string; readonly reason?: Reason | undefined },
    durationMs: number,
  ): void;
  /** For the line that the log has of the call. */
  findTraceIds(call: Call): { readonly trace_id: string; readonly span_id: string } | undefined;
}

/** Follows requests that are no RPCs. */
export interface RequestTracing {
  /** Runs `answer`, whose result says how the request was answered. */
  request<R extends { readonly status: number; readonly outcome: string }>(
    call: LoggedCall,
    method: string,
    route: string,
    answer: () => R | Promise<R>,
  ): R | Promise<R>;
  /** For the line that the log has of the call. */
  findTraceIds(call: Call): { readonly trace_id: string; readonly span_id: string } | undefined;
}

/**
 * The pipeline that also reports its calls to `tracing`; without tracing the pipeline itself. Health and reflection are
 * not traced.
 */
export function tracedPipeline(
  pipeline: CallPipeline,
  tracing: CallTracing | undefined,
  system: RpcSystem,
): CallPipeline {
  if (tracing === undefined) return pipeline;
  return {
    ...pipeline,
    rateLimit(path) {
      const checkRateLimit = pipeline.rateLimit(path);
      if (path === '') return checkRateLimit;
      return (call) => {
        tracing.begin(call, path, system);
        checkRateLimit?.(call);
      };
    },
    logCall(path, call, status, durationMs) {
      tracing.end(call, path, system, { code: Code[status.code], reason: status.reason }, durationMs);
      pipeline.logCall(path, call, status, durationMs);
    },
  };
}
