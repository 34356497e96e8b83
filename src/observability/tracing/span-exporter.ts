import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger';
import type { TracingOptions } from './tracing';

const EXPORTERS = { 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter } as const;

/** Exports under way at once; more come only when everything is flushed. */
const MAX_EXPORTS = 16;

/**
 * Posts spans by OTLP over HTTP, again after a while within the timeout when the receiver is busy or away. The log gets
 * one line when exports begin to fail, and one when they succeed again. Of the environment the exporter itself reads
 * what Postern has no setting for: compression, certificates, and headers of traces alone.
 */
export function createSpanExporter(options: TracingOptions, log: Logger): SpanExporter {
  const { endpoint: url, headers, timeoutMs: timeoutMillis, protocol } = options;
  const exporter = new EXPORTERS[protocol]({ url, headers, timeoutMillis, concurrencyLimit: MAX_EXPORTS });
  let isFailing = false;
  const logChange = (failed: boolean, cause: unknown): void => {
    if (failed === isFailing) return;
    isFailing = failed;
    if (failed)
      log.warn({ event: 'traces.lost', err: cause }, 'Traces cannot be exported; until they can be, they are lost');
    else log.info({ event: 'traces.exported' }, 'Traces are exported again');
  };
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        logChange(result.code === ExportResultCode.FAILED, result.error);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
