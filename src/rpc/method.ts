import type { Call } from '../auth/call';

/** A handler knows no transport: plain messages in and out, refusals thrown. Without a promise where it can: on the hot path one costs. */
export type Handler<Request, Response> = (request: Request, call: Call) => Response | Promise<Response>;

/** One unary RPC with its types erased: bytes in, bytes out, or an object that its own encoder takes. */
export interface RpcMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** @throws whatever the codec throws on malformed bytes */
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (response: unknown) => Buffer;
  readonly handle: Handler<unknown, unknown>;
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** Ties a handler to its path and its generated codecs. */
export function unaryMethod<Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  handle: Handler<Request, Response>,
): RpcMethod {
  return {
    path,
    decode: (bytes) => request.decode(bytes),
    encode: (message) => viewOf(response.encode(message as Response).finish()),
    handle: handle as Handler<unknown, unknown>,
  };
}

/** The same method for answers that come again as the same object: each is encoded once. They must not be changed. */
export function rememberingBytes(method: RpcMethod): RpcMethod {
  const encoded = new WeakMap<object, Buffer>();
  return {
    ...method,
    encode: (response) => {
      let bytes = encoded.get(response as object);
      if (bytes === undefined) {
        bytes = method.encode(response);
        encoded.set(response as object, bytes);
      }
      return bytes;
    },
  };
}

/** The same memory as a Buffer, which is what grpc-js wants. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
