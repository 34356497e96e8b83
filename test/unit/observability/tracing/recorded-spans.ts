import { SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  type Span,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Call } from '../../../../src/auth/call';
import { CallSpans } from '../../../../src/observability/tracing/call-spans';
import type { HeadedCall } from '../../../../src/observability/tracing/tracing';
import { testCall } from '../../../support/domain/call';

/** The real SDK, which keeps the spans that have ended. */
export function recordedSpans(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter();
  const started: string[] = [];
  const processor = new SimpleSpanProcessor({ exporter });
  processor.onStart = ({ name }: Span) => void started.push(name);
  const spanProcessors = [processor];
  const tracer = new TracerProvider({ spanProcessors, ...(sampler && { sampler }) }).getTracer('test');
  const calls = new CallSpans(tracer);
  return {
    calls,
    tracer,
    findParent: (call: unknown) => calls.findParent(call),
    started,
    /** In the order of their ends. */
    ended: () =>
      exporter.getFinishedSpans().map(({ name, attributes, status, parentSpanContext, startTime, duration }) => ({
        name,
        attributes,
        failed: status.code === SpanStatusCode.ERROR,
        message: status.message,
        parent: parentSpanContext?.spanId,
        startedAt: startTime[0] * 1e3 + startTime[1] / 1e6,
        durationMs: duration[0] * 1e3 + duration[1] / 1e6,
      })),
  };
}

export function headedCall(headers: Record<string, string> = {}, overrides: Partial<Call> = {}): HeadedCall {
  return { ...testCall(overrides), first: (name) => headers[name] ?? '' };
}
