import type { Logger } from 'pino';
import { Code } from '../errors/code';
import type { CallStatus } from '../errors/status';
import type { HandledCall } from '../methods/method';
import { describeEnding } from './call-message';
import type { CallSummaries } from './call-summaries';

/** Hears how each call ended: the method's path, the status code's name, the duration in ms. */
export type OnCall = (method: string, code: string, durationMs: number) => void;

/** A call over any transport, with its headers. */
export type LoggedCall = HandledCall & { first(header: string): string };

export type LogCall = (path: string, call: LoggedCall, status: CallStatus, durationMs: number) => void;

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** What the line of a call says of its trace. */
export type FindTrace = (
  call: LoggedCall,
) => { readonly trace_id?: string | undefined; readonly span_id?: string | undefined } | undefined;

/**
 * One line per call, but for what is summed up. What callers send reaches it only in checked shapes: a
 * request id, a trace id, an address.
 */
export function callLog(
  log: Logger,
  onCall: OnCall | undefined,
  summaries?: CallSummaries,
  findTrace: FindTrace = callersTrace,
): LogCall {
  // The level is set once, at the start; to ask for it costs more than the whole of a summed-up call.
  const isOn = log.isLevelEnabled('info');
  return (path, call, status, durationMs) => {
    const code = Code[status.code];
    onCall?.(path, code, durationMs);
    if (!isOn) return;
    const reason = status.reason ?? call.denied;
    const fault = status.fault ?? call.fault;
    const isSuccess = status.code === Code.OK && reason === undefined;
    if (summaries?.take(path, durationMs, isSuccess ? undefined : { status: code, reason, fault })) return;
    log.info(
      {
        method: path,
        status: code,
        reason,
        fault,
        duration_ms: Math.round(durationMs * 1000) / 1000,
        peer: call.ipAddress,
        client: call.clientNames?.[0],
        request_id: call.requestId,
        ...findTrace(call),
        user_id: call.userId ?? status.userId,
      },
      describeEnding(path, { status: code, reason, fault }),
    );
  };
}

/** Where nothing is traced here, the trace that the caller says it belongs to. */
function callersTrace(call: LoggedCall): ReturnType<FindTrace> {
  return { trace_id: traceId(call.first('traceparent')) };
}

/** The trace id of a valid `traceparent` (W3C Trace Context, section 3.2). */
function traceId(traceparent: string): string | undefined {
  return traceparent === '' ? undefined : TRACEPARENT.exec(traceparent)?.[1];
}
