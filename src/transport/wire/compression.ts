import { gunzipSync, inflateSync } from 'node:zlib';
import { Code } from '../errors/code';
import { TransportError } from '../errors/status';
import { tooLarge } from './message-size';

/** What `grpc-encoding` may name; announced to clients in `grpc-accept-encoding`. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

/** Takes compression off a message, which stays within `maxBytes`. */
export type Decompress = (bytes: Buffer, maxBytes: number) => Buffer;

/**
 * How messages whose compressed flag is set are to be read. A message is at most 128 KiB before and after, so that
 * reading one holds the event loop for less than a millisecond; a thread would cost more.
 *
 * @throws TransportError UNIMPLEMENTED for an encoding that is not known here
 */
export function findDecompression(encoding: string | undefined): Decompress {
  switch (encoding) {
    case undefined:
    case 'identity':
      return refuseFlag;
    case 'gzip':
      return (bytes, maxOutputLength) => decompress(() => gunzipSync(bytes, { maxOutputLength }), maxOutputLength);
    case 'deflate':
      return (bytes, maxOutputLength) => decompress(() => inflateSync(bytes, { maxOutputLength }), maxOutputLength);
    default:
      throw new TransportError(Code.UNIMPLEMENTED, `The grpc-encoding must be one of ${ACCEPTED_ENCODINGS}`);
  }
}

function refuseFlag(): never {
  throw new TransportError(Code.INTERNAL, 'A message is marked as compressed, and grpc-encoding names no compression');
}

function decompress(run: () => Buffer, maxBytes: number): Buffer {
  try {
    return run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new TransportError(Code.INTERNAL, 'A message could not be decompressed');
  }
}
