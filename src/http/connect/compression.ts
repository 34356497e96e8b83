import { Code } from '../../transport/errors/code';
import { TransportError } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import { findDecompression } from '../../transport/wire/compression';
import { MAX_MESSAGE_BYTES } from '../../transport/wire/message-size';

/** Undoes the compression that a header names. @throws AuthError INVALID_FIELDS; TransportError */
export function decompress(bytes: Buffer, encoding: string): Buffer {
  if (isIdentity(encoding)) return bytes;
  try {
    return findDecompression(encoding)(bytes, MAX_MESSAGE_BYTES);
  } catch (error) {
    // Over gRPC such bytes are an INTERNAL, over HTTP a fault of the caller.
    throw error instanceof TransportError && error.code === Code.INTERNAL ? decodeFailure(error) : error;
  }
}

/** @throws TransportError UNIMPLEMENTED for a compression that is not known */
export function checkEncoding(encoding: string): void {
  if (!isIdentity(encoding)) findDecompression(encoding);
}

function isIdentity(encoding: string): boolean {
  return encoding === '' || encoding === 'identity';
}
