import { ExportResultCode } from '@opentelemetry/core';
import { createOtlpHttpExportDelegate, httpAgentFactoryFromOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import {
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger';
import type { TracingOptions } from './tracing';

const ENCODINGS = {
  'http/protobuf': { serializer: ProtobufTraceSerializer, contentType: 'application/x-protobuf' },
  'http/json': { serializer: JsonTraceSerializer, contentType: 'application/json' },
} as const;

/** Exports under way at once; more come only when everything is flushed. */
const MAX_EXPORTS = 16;

/**
 * Posts spans by OTLP over HTTP, again after a while within the timeout when the receiver is busy or away. It reads no
 * environment, which the exporter packages made for that do. The log hears once when exports begin to fail, and once
 * when they succeed again.
 */
export function createSpanExporter(options: TracingOptions, log: Logger): SpanExporter {
  const { endpoint, headers, timeoutMs, protocol } = options;
  const { serializer, contentType } = ENCODINGS[protocol];
  const posts = createOtlpHttpExportDelegate(
    {
      url: endpoint,
      headers: async () => ({ ...headers, 'content-type': contentType }),
      timeoutMillis: timeoutMs,
      concurrencyLimit: MAX_EXPORTS,
      compression: 'none',
      agentFactory: httpAgentFactoryFromOptions({ keepAlive: true }),
    },
    serializer,
    'otlp_http_span_exporter',
    TraceExporterMetricsHelper,
    undefined,
  );
  let isFailing = false;
  const hear = (failed: boolean, cause: unknown): void => {
    if (failed === isFailing) return;
    isFailing = failed;
    if (failed)
      log.warn({ event: 'traces.lost', err: cause }, 'Traces cannot be exported; until they can be, they are lost');
    else log.info({ event: 'traces.exported' }, 'Traces are exported again');
  };
  return {
    export(spans, done) {
      posts.export(spans, (result) => {
        hear(result.code === ExportResultCode.FAILED, result.error);
        done(result);
      });
    },
    forceFlush: () => posts.forceFlush(),
    shutdown: () => posts.shutdown(),
  };
}
