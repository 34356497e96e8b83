import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { AuthError } from '../../auth/errors';
import { type CallStatus, OK, statusOf } from '../../transport/errors/status';
import type { RpcMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import { HttpCall } from '../server/http-call';
import type { HttpReply, HttpRoute } from '../server/http-server';
import { readBody } from '../server/read-body';
import { ConnectRefusal, connectError, tooLarge, unimplemented } from './connect-error';
import type { Cors } from './cors';
import { type JsonCodec, JsonCodecs } from './json-codec';

export interface ConnectRouteOptions {
  /** Every unary RPC; those whose descriptor is not known are not served. */
  readonly methods: readonly RpcMethod[];
  readonly pipeline: CallPipeline;
  readonly cors: Cors;
}

const MAX_BODY_BYTES = 128 * 1024;
const MAX_HEADER_BYTES = 8 * 1024;

/** One RPC of this route. */
interface Served {
  readonly method: RpcMethod;
  readonly codec: JsonCodec;
  readonly admit: ReturnType<CallPipeline['admit']>;
}

/**
 * `POST /postern.auth.v1.AuthService/{Method}` with JSON by the Connect unary protocol (connectrpc.com/docs/protocol),
 * over the same handlers.
 */
export function connectRoute({ methods, pipeline, cors }: ConnectRouteOptions): HttpRoute {
  const codecs = new JsonCodecs();
  const served = new Map<string, Served>();
  for (const method of methods) {
    const codec = codecs.find(method.path);
    if (codec !== undefined) served.set(method.path, { method, codec, admit: pipeline.admit(method.path) });
  }
  const prefixes = [...new Set(codecs.paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];

  return async (request, { pathname }) => {
    if (!prefixes.some((prefix) => pathname.startsWith(prefix))) return undefined;
    const preflight = cors.preflight(request);
    if (preflight !== undefined) return preflight;
    const reply = await answer(request, served.get(pathname), pipeline, codecs);
    return { ...reply, headers: { ...reply.headers, ...cors.headers(request) } };
  };
}

async function answer(
  request: IncomingMessage,
  served: Served | undefined,
  pipeline: CallPipeline,
  codecs: JsonCodecs,
) {
  if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST, OPTIONS' } };
  if (served === undefined) return connectError(unimplemented('No such unary method').status, codecs);
  if (!isJson(request)) return { status: 415, headers: { 'accept-post': 'application/json' } };
  const startedAt = performance.now();
  const call = new HttpCall(request, pipeline);
  call.watch(pipeline.timeoutMs);
  let status: CallStatus = OK;
  let reply: HttpReply;
  try {
    const body = await serve(request, served, call);
    reply = { status: 200, headers: { 'content-type': 'application/json' }, body };
  } catch (error) {
    status = error instanceof ConnectRefusal ? error.status : statusOf(error);
    reply = connectError(status, codecs);
    if (status.unexpected) {
      pipeline.log.error({ err: error, method: served.method.path, request_id: call.requestId }, 'Internal error');
    }
  }
  call.close();
  pipeline.logCall(served.method.path, call, status, performance.now() - startedAt);
  // What is left of a body that was not read to its end cannot be told from a next request.
  const rest = request.complete ? {} : { connection: 'close' };
  return { ...reply, headers: { ...reply.headers, ...rest, 'x-request-id': call.requestId } };
}

async function serve(request: IncomingMessage, { method, codec, admit }: Served, call: HttpCall): Promise<string> {
  checkHeaders(request, call);
  admit?.(call);
  const body = await call.orEnd(readBody(request, MAX_BODY_BYTES));
  if (body === undefined) throw tooLarge('message', MAX_BODY_BYTES);
  const message = method.decode(codec.request(body.toString('utf8')));
  const response = await call.orEnd(Promise.resolve(method.handle(message, call)));
  return codec.response(method.encode(response));
}

function checkHeaders(request: IncomingMessage, call: HttpCall): void {
  if (request.rawHeaders.reduce((bytes, text) => bytes + text.length, 0) > MAX_HEADER_BYTES) {
    throw tooLarge('headers', MAX_HEADER_BYTES);
  }
  const encoding = call.first('content-encoding');
  if (encoding !== '' && encoding !== 'identity') throw unimplemented('Content-Encoding must be identity');
  const version = call.first('connect-protocol-version');
  if (version !== '' && version !== '1') throw badHeader('connect-protocol-version', 'Must be 1');
  const timeout = call.first('connect-timeout-ms');
  if (timeout === '') return;
  if (!/^\d{1,10}$/.test(timeout)) throw badHeader('connect-timeout-ms', 'Must be at most 10 digits');
  call.endAfter(Number(timeout));
}

function badHeader(field: string, description: string): AuthError {
  return new AuthError('INVALID_FIELDS', { violations: [{ field, description }] });
}

function isJson(request: IncomingMessage): boolean {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  return type.trim() === 'application/json' && parameters.every((one) => /^\s*(charset="?utf-8"?)?\s*$/.test(one));
}
