import type { Call } from '../../auth/call';

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

/** Where a message keeps its bytes: on itself, one look-up less than in a WeakMap. */
const BYTES = Symbol('bytes');

/** What is asked once is mostly never asked again: only at the second time its bytes are kept. */
const ONCE = Buffer.alloc(0);

interface Encoded {
  [BYTES]?: Buffer;
}

/** The same method for answers that come again as the same object: each is encoded twice at most. They must not be changed, nor be another's. */
export function rememberingBytes(method: RpcMethod): RpcMethod {
  return { ...method, encode: rememberingBytesOf(method.encode) as RpcMethod['encode'] };
}

function rememberingBytesOf<T extends object>(encode: (message: T) => Buffer): (message: T) => Buffer {
  return (message: T & Encoded) => {
    const known = message[BYTES];
    if (known !== undefined && known !== ONCE) return known;
    const bytes = encode(message);
    // In memory of their own, as they come from the codec: a copy would be cut from the pool of Buffers, and keep 8 KiB alive.
    message[BYTES] = known === ONCE ? bytes : ONCE;
    return bytes;
  };
}

/** The same for answers that are one list, and each of its elements. */
export function rememberingElements<Element extends object, Response>(
  method: RpcMethod,
  list: { readonly of: (response: Response) => readonly Element[]; readonly only: (element: Element) => Response },
): RpcMethod {
  const one = rememberingBytesOf<Element>((element) => method.encode(list.only(element)));
  // Messages one after the other are one message with the elements of all (protobuf encoding, "Last One Wins").
  return { ...method, encode: (response) => Buffer.concat(list.of(response as Response).map(one)) };
}

/** The same memory as a Buffer, which is what grpc-js wants. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
