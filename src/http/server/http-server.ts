import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionCapOptions, capConnections, type HttpConnections } from './connection-caps';
import type { HttpReply, HttpRoute } from './http-route';
import { listen } from './listen';
import { parseTarget, Router, refuseMethod } from './router';
import { isUnread, sendReply } from './send-reply';

export interface HttpServerOptions extends ConnectionCapOptions {
  /** `host:port` or `unix:PATH`; port 0 picks a free one. */
  readonly address: string;
  readonly routes: readonly HttpRoute[];
  readonly requestTimeoutMs: number;
  readonly onFailure: (cause: unknown) => void;
}

export interface HttpServer {
  /** Resolves with the bound address. */
  listen(): Promise<string>;
  /** Stops accepting, lets requests finish, closes what is left after `drainMs`. */
  stop(drainMs: number): Promise<void>;
  readonly connections: () => HttpConnections;
}

/**
 * Above what nginx passes on as it comes (33 KiB), since it makes a 500 of every refusal but 401 and 403. What an RPC
 * takes is less: `MAX_METADATA_BYTES`.
 */
const MAX_HEADER_BYTES = 48 * 1024;
/** How often connections are looked at that take too long to ask. */
const CHECK_EVERY_MS = 5_000;
const BAD_REQUEST: HttpReply = { status: 400, body: 'Bad request\n' };
const NOT_FOUND: HttpReply = { status: 404, body: 'Not found\n' };
const EXPECTATION_FAILED: HttpReply = { status: 417, body: 'Only 100-continue can be expected\n' };
const FAILED: HttpReply = { status: 500, body: 'Internal error\n' };

/** The plain HTTP port: health, key sets, metrics, gateways, the Connect protocol. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const router = new Router(options.routes);
  const closing = new Set<Socket>();

  const send = (request: IncomingMessage, response: ServerResponse, reply: HttpReply): void => {
    const closes = isUnread(request);
    if (closes) {
      const { socket } = request;
      closing.add(socket);
      socket.once('close', () => closing.delete(socket));
    }
    sendReply(request, response, reply, closes);
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // It follows one whose body was not read to its end: these bytes may be anything.
    if (closing.size > 0 && closing.has(request.socket)) return;
    const fail = (cause: unknown): void => {
      options.onFailure(cause);
      send(request, response, FAILED);
    };
    try {
      const reply = answer(router, request);
      if (reply instanceof Promise) reply.then((later) => send(request, response, later)).catch(fail);
      else send(request, response, reply);
    } catch (cause) {
      fail(cause);
    }
  };

  const limits = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: CHECK_EVERY_MS };
  const server = createServer(limits, serve);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (!closing.has(request.socket)) send(request, response, EXPECTATION_FAILED);
  });
  const connections = capConnections(server, options);
  server.headersTimeout = 10_000;
  server.requestTimeout = options.requestTimeoutMs;
  server.keepAliveTimeout = 65_000;
  return {
    listen: () => listen(server, options.address),
    stop: (drainMs) => stop(server, drainMs),
    connections,
  };
}

function answer(router: Router, request: IncomingMessage): HttpReply | Promise<HttpReply> {
  const target = parseTarget(request.url ?? '/');
  if (target === undefined) return BAD_REQUEST;
  const route = router.find(target.path);
  if (route === undefined) return NOT_FOUND;
  return refuseMethod(route, request.method) ?? route.answer(request, target.query);
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
