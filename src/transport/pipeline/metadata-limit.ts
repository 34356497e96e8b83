import { Code } from '../errors/code';
import { TransportError } from '../errors/status';

/** Bytes of all keys and values of a call's metadata together. */
const MAX_METADATA_BYTES = 8 * 1024;

/**
 * @param rawHeaders names and values in turn, as they came; those of HTTP/2 itself (`:path`) are not counted. @throws
 * TransportError
 */
export function limitMetadata(rawHeaders: readonly string[]): void {
  let bytes = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.charCodeAt(0) !== COLON) bytes += name.length + (rawHeaders[at + 1] as string).length;
  }
  if (bytes <= MAX_METADATA_BYTES) return;
  throw new TransportError(Code.RESOURCE_EXHAUSTED, `Received metadata larger than max (${MAX_METADATA_BYTES} bytes)`);
}

const COLON = 0x3a;
