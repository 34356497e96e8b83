import type { IncomingMessage } from 'node:http';
import { Code } from '../../transport/errors/code';
import type { RpcMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { HttpReply, HttpRoute } from '../server/http-route';
import { methodNotAllowed } from '../server/router';
import { connectGetProtocol, connectProtocol } from './connect-protocol';
import type { Cors } from './cors';
import { grpcWebProtocol } from './grpc-web-protocol';
import { parseContentType } from './headers';
import { JsonCodecs } from './json/json-codecs';
import type { RpcProtocol } from './protocol';
import { type HttpRpc, RpcCall } from './rpc-call';

export interface ConnectRoutesOptions {
  /** Every unary RPC; those whose descriptor is not known are not served. */
  readonly methods: readonly RpcMethod[];
  readonly pipeline: CallPipeline;
  readonly cors: Cors;
}

/**
 * `/package.Service/Method` by the Connect protocol and by gRPC-Web, over the same handlers as gRPC: POST with JSON or
 * protobuf, and GET for RPCs without side effects.
 */
export function connectRoutes({ methods, pipeline, cors }: ConnectRoutesOptions): HttpRoute[] {
  const codecs = new JsonCodecs();
  const protocols = protocolsByType(codecs);
  const types = [...protocols.keys()];
  const served = methods.flatMap((method): HttpRpc[] => {
    const json = codecs.find(method.path);
    return json?.isUnary ? [{ method, json, checkRateLimit: pipeline.rateLimit(method.path) }] : [];
  });

  const withCors = (request: IncomingMessage, reply: HttpReply): HttpReply => ({
    ...reply,
    headers: { ...reply.headers, ...cors.headers(request) },
  });
  const call = (request: IncomingMessage, rpc: HttpRpc, protocol: RpcProtocol, hasBody: boolean) =>
    new Promise<HttpReply>((resolve) => {
      const answer = (reply: HttpReply): void => resolve(withCors(request, reply));
      new RpcCall(request, rpc, protocol, pipeline, answer).start(hasBody);
    });

  const post = (request: IncomingMessage, rpc: HttpRpc): HttpReply | Promise<HttpReply> => {
    const protocol = findProtocol(protocols, request);
    return protocol === undefined ? withCors(request, unsupportedType(types)) : call(request, rpc, protocol, true);
  };
  const get = (request: IncomingMessage, rpc: HttpRpc, query: string): HttpReply | Promise<HttpReply> => {
    const asked = new URLSearchParams(query);
    const protocol = protocols.get(`application/${asked.get('encoding')}`);
    if (protocol === undefined) return withCors(request, unsupportedEncoding());
    return call(request, rpc, connectGetProtocol(protocol, asked), false);
  };
  const rpcRoute = (rpc: HttpRpc): HttpRoute => {
    const methods = rpc.json.isSideEffectFree ? ['POST', 'GET'] : ['POST'];
    return {
      path: rpc.method.path,
      answer(request, query) {
        if (request.method === 'POST') return post(request, rpc);
        if (request.method === 'GET' && rpc.json.isSideEffectFree) return get(request, rpc, query);
        return (
          cors.preflight(request, methods.join(', ')) ?? withCors(request, methodNotAllowed([...methods, 'OPTIONS']))
        );
      },
    };
  };

  const unknown = connectProtocol('json', codecs).writeRefusal({
    code: Code.UNIMPLEMENTED,
    message: 'No such unary method',
  });
  const unknownRoute = (path: string): HttpRoute => ({
    path,
    answer: (request) =>
      request.method === 'POST'
        ? withCors(request, unknown)
        : (cors.preflight(request, 'POST') ?? withCors(request, methodNotAllowed(['POST', 'OPTIONS']))),
  });
  return [...served.map(rpcRoute), ...codecs.folders.map(unknownRoute)];
}

/** By content type, in the order in which a refusal names them. */
function protocolsByType(codecs: JsonCodecs): ReadonlyMap<string, RpcProtocol> {
  const grpcWeb = (format: 'json' | 'proto', type: string, isText = false) =>
    [type, grpcWebProtocol(format, type, isText)] as const;
  return new Map<string, RpcProtocol>([
    ['application/json', connectProtocol('json', codecs)],
    ['application/proto', connectProtocol('proto', codecs)],
    grpcWeb('proto', 'application/grpc-web'),
    grpcWeb('proto', 'application/grpc-web+proto'),
    grpcWeb('json', 'application/grpc-web+json'),
    grpcWeb('proto', 'application/grpc-web-text', true),
    grpcWeb('proto', 'application/grpc-web-text+proto', true),
  ]);
}

function findProtocol(protocols: ReadonlyMap<string, RpcProtocol>, request: IncomingMessage): RpcProtocol | undefined {
  const header = request.headers['content-type'] ?? '';
  return protocols.get(header) ?? protocols.get(parseContentType(header) ?? '');
}

function unsupportedType(types: readonly string[]): HttpReply {
  const message = 'Send content-type: application/json (or application/proto, application/grpc-web)';
  return unsupported(message, { 'accept-post': types.join(', ') });
}

function unsupportedEncoding(): HttpReply {
  return unsupported('Send ?encoding=json&message={...} (or encoding=proto), percent-encoded', {});
}

/** RFC 9110 section 15.5.16, in the shape of Connect's errors. */
function unsupported(message: string, headers: Record<string, string>): HttpReply {
  const body = JSON.stringify({ code: 'invalid_argument', message });
  return { status: 415, headers: { ...headers, 'content-type': 'application/json' }, body };
}
