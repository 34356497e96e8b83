import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Call } from '../../auth/call';
import * as names from './attributes';
import type { CallTracing, EndedRpc, HeadedCall, RpcSystem, TraceIds } from './tracing';

/** The statuses that are the server's fault (semantic conventions, "gRPC", span status of servers). */
const FAULTS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

const HEADERS: TextMapGetter<HeadedCall> = {
  keys: () => ['traceparent', 'tracestate'],
  get: (call, name) => call.first(name) || undefined,
};

/** Where a call carries its span. A WeakMap made those dearer by a third that the sampler leaves out. */
const SPAN = Symbol('span');
type Carrier = Call & { [SPAN]?: Span };

/** Spans of kind SERVER. Of a call they say no more than its log line does. */
export class CallSpans implements CallTracing {
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(private readonly tracer: Tracer) {}

  begin(call: HeadedCall, path: string, system: RpcSystem): void {
    this.#startRpc(call, path, system);
  }

  end(call: HeadedCall, path: string, system: RpcSystem, { code, reason }: EndedRpc, durationMs: number): void {
    const span = findSpan(call) ?? this.#startRpc(call, path, system, Date.now() - durationMs);
    if (!span.isRecording()) return;
    span.setAttributes({ ...about(call), [names.RPC_STATUS]: code, ...(reason && { [names.REASON]: reason }) });
    if (FAULTS.has(code)) markFailed(span, code);
    span.end();
  }

  request<R extends { readonly status: number; readonly outcome: string }>(
    call: HeadedCall,
    method: string,
    route: string,
    answer: () => R | Promise<R>,
  ): R | Promise<R> {
    const attributes = { [names.HTTP_METHOD]: method, [names.HTTP_ROUTE]: route };
    const span = this.#start(call, `${method} ${route}`, attributes);
    const finish = (reply: R): R => {
      const { status, outcome } = reply;
      span.setAttributes({ ...about(call), [names.HTTP_STATUS]: status, [names.OUTCOME]: outcome });
      if (status >= 500) markFailed(span, String(status));
      span.end();
      return reply;
    };
    const fail = (error: unknown): never => {
      markFailed(span, '500');
      span.end();
      throw error;
    };
    let reply: R | Promise<R>;
    try {
      reply = answer();
    } catch (error) {
      return fail(error);
    }
    return reply instanceof Promise ? reply.then(finish, fail) : finish(reply);
  }

  findTraceIds(call: Call): TraceIds | undefined {
    const context = findSpan(call)?.spanContext();
    return context && { trace_id: context.traceId, span_id: context.spanId };
  }

  /** What spans of the work for a call are children of; undefined when they are not sampled. */
  findParent(call: unknown): Context | undefined {
    if (typeof call !== 'object' || call === null) return undefined;
    const span = findSpan(call as Call) ?? findSpan((call as Call).cleansUpAfter);
    if (span === undefined || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    return trace.setSpan(ROOT_CONTEXT, span);
  }

  #startRpc(call: HeadedCall, path: string, system: RpcSystem, startTime?: number): Span {
    const method = path.slice(1);
    return this.#start(call, method, { [names.RPC_SYSTEM]: system, [names.RPC_METHOD]: method }, startTime);
  }

  #start(call: HeadedCall, name: string, attributes: Attributes, startTime?: number): Span {
    const parent = this.#propagator.extract(ROOT_CONTEXT, call, HEADERS);
    const time = startTime === undefined ? {} : { startTime };
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes, ...time }, parent);
    (call as Carrier)[SPAN] = span;
    return span;
  }
}

function findSpan(call: Call | undefined): Span | undefined {
  return (call as Carrier | undefined)?.[SPAN];
}

function about(call: HeadedCall): Attributes {
  return {
    [names.CLIENT_ADDRESS]: call.ipAddress,
    [names.REQUEST_ID]: call.requestId,
    ...(call.denied && { [names.REASON]: call.denied }),
  };
}

/** Never with a message: it could hold what a caller sent. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute(names.ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
