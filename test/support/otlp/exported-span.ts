import { join } from 'node:path';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';

/** A span as it was exported. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the root of its trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Pair {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan {
  readonly traceId: Uint8Array | string;
  readonly spanId: Uint8Array | string;
  readonly parentSpanId?: Uint8Array | string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Pair[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

const KINDS = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT' } as const;
const ERROR = 2;

const definitions = loadSync(join(__dirname, 'trace.proto'), { longs: String, arrays: true });
const { Export: exportMethod } = definitions['otlp.TraceService'] as ServiceDefinition;

/** The spans of an export, whose body is protobuf or JSON (OTLP/HTTP). */
export function decodeSpans(contentType: string | undefined, body: Buffer): ExportedSpan[] {
  const request = (
    contentType === 'application/json' ? JSON.parse(body.toString()) : exportMethod?.requestDeserialize(body)
  ) as WireRequest;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => exported(span, record(resource.attributes)))),
  );
}

function exported(span: WireSpan, resource: ExportedSpan['resource']): ExportedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId ?? ''),
    traceState: span.traceState ?? '',
    name: span.name,
    kind: KINDS[span.kind as keyof typeof KINDS],
    attributes: record(span.attributes),
    failed: span.status?.code === ERROR,
    startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    endedAt: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
    resource,
  };
}

function hex(id: Uint8Array | string): string {
  return typeof id === 'string' ? id : Buffer.from(id).toString('hex');
}

function record(pairs: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, asNumber(Object.entries(value)[0])]));
}

/** Integers of 64 bits are texts in protobuf's JSON. */
function asNumber([type, value]: [string, unknown] = ['', undefined]): unknown {
  return type === 'intValue' ? Number(value) : value;
}
