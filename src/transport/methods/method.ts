import type { Call } from '../../auth/call';
import type { Reason } from '../../auth/errors';
import type { CredentialFault } from '../../auth/tokens/credential-fault';

/** A call while a handler serves it, which says here what the log line is to have. */
export interface HandledCall extends Call {
  /** The user that the call was found to be about. */
  userId?: string | undefined;
  /** Why a gateway was answered to refuse a request, though its own call succeeds. */
  denied?: Reason | undefined;
  /** What was wrong with the credential of the request that a gateway was answered to refuse. */
  fault?: CredentialFault | undefined;
}

/**
 * A handler knows no transport: plain messages in and out, refusals thrown. Without a promise where it can: on the hot
 * path one costs.
 */
export type Handler<Request, Response> = (request: Request, call: HandledCall) => Response | Promise<Response>;

/** One unary RPC with its types erased: bytes in, bytes out, or an object that its own encoder takes. */
export interface RpcMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** @throws whatever the codec throws on malformed bytes */
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (response: unknown) => Buffer;
  readonly handle: Handler<unknown, unknown>;
}

/** Answers some messages of a stream, each by one, in their order. */
export type BatchHandler<Request, Response> = (
  requests: readonly Request[],
  call: HandledCall,
) => Promise<readonly Response[]>;

/** One RPC that streams in both directions, with its types erased. */
export interface StreamMethod extends Pick<RpcMethod, 'path' | 'decode' | 'encode'> {
  /** How many messages it takes at once, at most. */
  readonly batch: number;
  /** How long it waits after a batch that took so long, both in ms, before it takes up the next one. */
  readonly pauseAfter: (ms: number) => number;
  readonly handle: BatchHandler<unknown, unknown>;
}

/** One RPC as ts-proto generates it from the proto file. */
export interface MethodDefinition<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (response: Response) => Buffer;
}

// biome-ignore lint/suspicious/noExplicitAny: a definition takes its own messages only; `never` would not infer them.
type AnyDefinition = MethodDefinition<any, any>;

/** All RPCs of one service, as ts-proto generates them. */
export type ServiceDefinition = Readonly<Record<string, AnyDefinition>>;

type UnaryDefinition = AnyDefinition & { readonly requestStream: false; readonly responseStream: false };

/** The names of the unary RPCs of a service. */
export type UnaryName<Service> = {
  [Name in keyof Service]: Service[Name] extends UnaryDefinition ? Name : never;
}[keyof Service];

/** A handler for each unary RPC of a service: one that is missing does not compile. */
export type UnaryHandlers<Service> = {
  readonly [Name in UnaryName<Service>]: Service[Name] extends MethodDefinition<infer Request, infer Response>
    ? Handler<Request, Response>
    : never;
};

/** Ties a handler to its path and its generated codecs. */
export function unaryMethod<Request, Response>(
  definition: MethodDefinition<Request, Response>,
  handle: Handler<Request, Response>,
): RpcMethod {
  return {
    path: definition.path,
    decode: definition.requestDeserialize as RpcMethod['decode'],
    encode: definition.responseSerialize as RpcMethod['encode'],
    handle: handle as Handler<unknown, unknown>,
  };
}

/** As `unaryMethod`, of an RPC that streams in both directions. */
export function streamMethod<Request, Response>(
  definition: MethodDefinition<Request, Response>,
  { batch, pauseAfter }: Pick<StreamMethod, 'batch' | 'pauseAfter'>,
  handle: BatchHandler<Request, Response>,
): StreamMethod {
  return {
    path: definition.path,
    decode: definition.requestDeserialize as StreamMethod['decode'],
    encode: definition.responseSerialize as StreamMethod['encode'],
    batch,
    pauseAfter,
    handle: handle as BatchHandler<unknown, unknown>,
  };
}

/** Every unary RPC of a service with its handler. */
export function unaryMethods<Service extends ServiceDefinition>(
  service: Service,
  handlers: UnaryHandlers<Service>,
): RpcMethod[] {
  return Object.entries(service)
    .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
    .map(([name, definition]) => unaryMethod(definition, handlers[name as UnaryName<Service>]));
}
