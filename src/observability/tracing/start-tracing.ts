import { randomUUID } from 'node:crypto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger';
import { CallSpans } from './call-spans';
import { createSpanExporter } from './span-exporter';
import type { SamplerName, Tracing, TracingOptions } from './tracing';
import { tracedHashing, tracedStore } from './work-spans';

/** Spans that may wait, some 2 KiB each; those that come beyond are dropped. */
const MAX_WAITING = 4_096;
const BATCH = 512;
/** A span waits at most about this long before it is exported: what a crash can lose. */
const FLUSH_MS = 1_000;
/** No attribute is longer. */
const MAX_TEXT = 1_024;

/** To be loaded only where traces are wanted: what it imports costs time and memory. */
export function startTracing(options: TracingOptions, version: string, log: Logger): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.version': version,
        'service.instance.id': randomUUID(),
        ...options.resourceAttributes,
        'service.name': options.serviceName,
      }),
    ),
    sampler: samplers(options.samplerRatio)[options.sampler](),
    spanLimits: { attributeValueLengthLimit: MAX_TEXT },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: createSpanExporter(options, log),
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: FLUSH_MS,
        // A little more, so that the exporter is the one to give up.
        exportTimeoutMillis: options.timeoutMs + 1_000,
      }),
    ],
  });
  const tracer = provider.getTracer('postern', version);
  const calls = new CallSpans(tracer);
  const findParent = (call: unknown) => calls.findParent(call);
  return {
    calls,
    store: (store) => tracedStore(store, tracer, findParent),
    hashing: (run) => tracedHashing(run, tracer, findParent),
    // What goes wrong has been logged by the exporter.
    flush: () => void provider.forceFlush().catch(() => {}),
    async close(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), withinMs);
      });
      const outcome = await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
      if (outcome === 'late')
        log.warn({ event: 'traces.lost' }, 'The last traces could not be exported before the stop');
    },
  };
}

function samplers(ratio: number): Readonly<Record<SamplerName, () => Sampler>> {
  const parentBased = (root: Sampler) => new ParentBasedSampler({ root });
  return {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
    parentbased_always_on: () => parentBased(new AlwaysOnSampler()),
    parentbased_always_off: () => parentBased(new AlwaysOffSampler()),
    parentbased_traceidratio: () => parentBased(new TraceIdRatioBasedSampler(ratio)),
  };
}
