import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpConnections {
  readonly open: number;
  readonly served: number;
  /** Closed by the service, since the start, by the reason. */
  readonly refused: Readonly<Record<HttpConnectionRefusal, number>>;
}

export type HttpConnectionRefusal =
  | 'total_cap'
  | 'source_cap'
  | 'headers_too_large'
  | 'malformed_request'
  | 'request_timeout';

export interface ConnectionCapOptions {
  /** What connections are counted by. @param peer the address of the connection, undefined for a Unix socket */
  readonly findSource: (peer: string | undefined) => string;
  /** Open connections of one source; MAX_PER_SOURCE without it. */
  readonly maxPerSource?: number | undefined;
  /** Of all sources; MAX_CONNECTIONS without it. */
  readonly maxConnections?: number | undefined;
  /** A request with too many bytes of headers was refused with 431. */
  readonly onHeadersTooLarge?: (() => void) | undefined;
}

const MAX_CONNECTIONS = 10_000;
/** So that no single source keeps health checks and gateways out. */
const MAX_PER_SOURCE = 1_000;

/**
 * Caps the connections of a server, of each source and in all, and counts those that are refused or end with a request
 * that is none.
 */
export function capConnections(server: Server, options: ConnectionCapOptions): () => HttpConnections {
  const { findSource, maxPerSource = MAX_PER_SOURCE, maxConnections = MAX_CONNECTIONS, onHeadersTooLarge } = options;
  const refused = { total_cap: 0, source_cap: 0, headers_too_large: 0, malformed_request: 0, request_timeout: 0 };
  const bySource = new Map<string, number>();
  let open = 0;

  const onError = ({ code }: NodeJS.ErrnoException): void => {
    const reason = toRefusal(code);
    if (reason === undefined) return;
    refused[reason] += 1;
    if (reason === 'headers_too_large') onHeadersTooLarge?.();
  };

  server.maxConnections = maxConnections;
  server.on('drop', () => {
    refused.total_cap += 1;
  });
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    const source = findSource(socket.remoteAddress);
    const before = bySource.get(source) ?? 0;
    if (before >= maxPerSource) {
      refused.source_cap += 1;
      socket.destroy();
      return;
    }
    bySource.set(source, before + 1);
    socket.on('error', onError);
    socket.once('close', () => {
      const left = (bySource.get(source) ?? 1) - 1;
      if (left > 0) bySource.set(source, left);
      else bySource.delete(source);
    });
  });
  return () => ({ open, served: open, refused: { ...refused } });
}

/** node:http answers these by itself (431, 408 or 400), closes the connection, and hands it the error. */
function toRefusal(code: string | undefined): HttpConnectionRefusal | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return code?.startsWith('HPE_') ? 'malformed_request' : undefined;
}
