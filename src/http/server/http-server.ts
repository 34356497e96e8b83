import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { listenOptions } from '../../transport/listen-options';

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers one request; `undefined` means that the route does not know the path. */
export type HttpRoute = (request: IncomingMessage, url: URL) => HttpReply | undefined | Promise<HttpReply | undefined>;

export interface HttpServerOptions {
  /** `host:port` or `unix:PATH`; port 0 picks a free one. */
  readonly address: string;
  /** Asked in this order. */
  readonly routes: readonly HttpRoute[];
  readonly requestTimeoutMs: number;
  /** What connections are counted by. @param peer the address of the connection, undefined for a Unix socket */
  readonly sourceOf: (peer: string | undefined) => string;
  /** Open connections of one source; MAX_PER_SOURCE without it. */
  readonly maxPerSource?: number;
  /** Of all sources; MAX_CONNECTIONS without it. */
  readonly maxConnections?: number;
  readonly onFailure: (cause: unknown) => void;
}

export interface HttpConnections {
  readonly open: number;
  readonly served: number;
  /** Closed at once, since the start. */
  readonly refused: { readonly total_cap: number; readonly source_cap: number };
}

export interface HttpServer {
  /** Resolves with the bound address. */
  listen(): Promise<string>;
  /** Stops accepting, lets requests finish, closes what is left after `drainMs`. */
  stop(drainMs: number): Promise<void>;
  readonly connections: () => HttpConnections;
}

const MAX_CONNECTIONS = 10_000;
/** So that no single source keeps health checks and gateways out. */
const MAX_PER_SOURCE = 1_000;
/** How often connections are looked at that take too long to ask. */
const LOOK_EVERY_MS = 5_000;
/** Only the path and the query of a target are looked at. */
const BASE = 'http://postern.invalid';
const BAD_REQUEST: HttpReply = { status: 400, body: 'Bad request\n' };
const NOT_FOUND: HttpReply = { status: 404, body: 'Not found\n' };
const FAILED: HttpReply = { status: 500, body: 'Internal error\n' };

/** The plain HTTP port: health, key sets, metrics, gateways. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits = { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: LOOK_EVERY_MS };
  const server = createServer(limits, (request, response) => {
    void answer(options, request).then((reply) => send(request, response, reply));
  });
  const refused = { total_cap: 0, source_cap: 0 };
  let open = 0;
  const onRefused = () => {
    refused.source_cap += 1;
  };
  server.on('connection', limitPerSource(options, onRefused));
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
  server.on('drop', () => {
    refused.total_cap += 1;
  });
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  server.headersTimeout = 10_000;
  server.requestTimeout = options.requestTimeoutMs;
  server.keepAliveTimeout = 65_000;
  return {
    listen: () => listen(server, options.address),
    stop: (drainMs) => stop(server, drainMs),
    connections: () => ({ open, served: open, refused: { ...refused } }),
  };
}

/** Closes what a source opens beyond its share, at once. */
function limitPerSource(
  { sourceOf, maxPerSource = MAX_PER_SOURCE }: HttpServerOptions,
  onRefused: () => void,
): (socket: Socket) => void {
  const open = new Map<string, number>();
  return (socket) => {
    const source = sourceOf(socket.remoteAddress);
    const before = open.get(source) ?? 0;
    if (before >= maxPerSource) {
      onRefused();
      socket.destroy();
      return;
    }
    open.set(source, before + 1);
    socket.once('close', () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left > 0) open.set(source, left);
      else open.delete(source);
    });
  };
}

async function answer(options: HttpServerOptions, request: IncomingMessage): Promise<HttpReply> {
  const target = request.url ?? '/';
  if (!URL.canParse(target, BASE)) return BAD_REQUEST;
  try {
    const url = new URL(target, BASE);
    for (const route of options.routes) {
      const reply = await route(request, url);
      if (reply !== undefined) return reply;
    }
    return NOT_FOUND;
  } catch (cause) {
    options.onFailure(cause);
    return FAILED;
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
  const { status, headers = {}, body = '' } = reply;
  const type = body === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...type, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(server: Server, address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const bound = () => {
      server.off('error', reject);
      resolve(boundAddress(server, address));
    };
    if (address.startsWith('unix:')) server.listen(address.slice('unix:'.length), bound);
    else server.listen(listenOptions(splitAddress(address)), bound);
  });
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

function boundAddress(server: Server, address: string): string {
  const bound = server.address() as AddressInfo | string | null;
  if (bound === null || typeof bound === 'string') return address;
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

function stop(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
