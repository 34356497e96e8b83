import type { Call } from '../../auth/call';
import type { Reason } from '../../auth/errors';
import type { StorePorts } from '../../auth/store-ports';

export interface TracingOptions {
  /** Where spans are posted to, with the path. */
  readonly endpoint: string;
  /** Of every export; may hold a credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** Of the samplers by ratio: the part of the traces that are taken. */
  readonly samplerRatio: number;
}

export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** A call over any transport, with its headers. */
export type HeadedCall = Call & {
  /** Why a gateway was answered to refuse a request, though its own call succeeds. */
  readonly denied?: Reason | undefined;
  /** The first value of a header, or empty. */
  first(header: string): string;
};

/** How callers reach an RPC: gRPC, or JSON by the Connect protocol. */
export type RpcSystem = 'grpc' | 'connectrpc';

export interface EndedRpc {
  /** The name of the status code. */
  readonly code: string;
  readonly reason?: Reason | undefined;
}

/** What a log line says of the trace that it belongs to. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** The spans of the calls that this process answers; a call is its own key, whatever is awaited meanwhile. */
export interface CallTracing {
  /** The headers of a call are here. Its span is a child of the one that `traceparent` names, if it names one. */
  begin(call: HeadedCall, path: string, system: RpcSystem): void;
  /** The call has been answered after `durationMs`; one that was refused before it could begin gets its span now. */
  end(call: HeadedCall, path: string, system: RpcSystem, how: EndedRpc, durationMs: number): void;
  findTraceIds(call: Call): TraceIds | undefined;
  /** A request of HTTP that is no RPC, answered at once or by a promise. */
  request<R extends { readonly status: number; readonly outcome: string }>(
    call: HeadedCall,
    method: string,
    route: string,
    answer: () => R | Promise<R>,
  ): R | Promise<R>;
}

/** Runs a job when it is next in its queue. */
export type RunQueued<Job, Value> = (
  call: Call,
  job: Job,
  hooks: {
    /** The job is about to run, in one batch with so many others. */
    readonly onStart?: ((others: number) => void) | undefined;
  },
) => Promise<Value>;

/**
 * Traces of one process, exported in batches in the background; what the receiver does not take is dropped.
 */
export interface Tracing {
  readonly calls: CallTracing;
  /** The same store; each operation for a call that is traced has a span. */
  store<S extends StorePorts & { readonly kind: 'embedded' | 'mongodb' }>(store: S): S;
  /** The same; spans show how long a job waited and how long it ran. */
  hashing<Job, Value>(run: RunQueued<Job, Value>): RunQueued<Job, Value>;
  /** Exports what there is, without waiting for it. */
  flush(): void;
  /** Exports what is left, but gives up after `withinMs`. */
  close(withinMs: number): Promise<void>;
}
