import type { RpcMethod } from './method';

/** Where a message keeps its bytes: on itself, one look-up less than in a WeakMap. */
const BYTES = Symbol('bytes');

/** What is asked once is mostly never asked again: only at the second time its bytes are kept. */
const ONCE = Buffer.alloc(0);

interface Encoded {
  [BYTES]?: Buffer;
}

/**
 * The same method for answers that come again as the same object: each is encoded twice at most. They must not be
 * changed, nor be another's.
 */
export function withCachedEncoding(method: RpcMethod): RpcMethod {
  return { ...method, encode: cacheEncoding(method.encode) as RpcMethod['encode'] };
}

/** The same for answers that are one list, and each of its elements. */
export function withCachedElements<Element extends object, Response>(
  method: RpcMethod,
  list: { readonly of: (response: Response) => readonly Element[]; readonly only: (element: Element) => Response },
): RpcMethod {
  const encodeOne = cacheEncoding<Element>((element) => method.encode(list.only(element)));
  // Messages one after the other are one message with the elements of all (protobuf encoding, "Last One Wins").
  return { ...method, encode: (response) => Buffer.concat(list.of(response as Response).map(encodeOne)) };
}

function cacheEncoding<T extends object>(encode: (message: T) => Buffer): (message: T) => Buffer {
  return (message: T & Encoded) => {
    const known = message[BYTES];
    if (known !== undefined && known !== ONCE) return known;
    if (known === undefined) {
      message[BYTES] = ONCE;
      return encode(message);
    }
    const bytes = copyToOwnMemory(encode(message));
    message[BYTES] = bytes;
    return bytes;
  };
}

/** A slice of the pool of Buffers would keep 8 KiB alive for as long as it is kept. */
function copyToOwnMemory(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
