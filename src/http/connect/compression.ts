import { gunzipSync } from 'node:zlib';
import { TransportLimitError } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import { MAX_MESSAGE_BYTES, unimplemented } from './protocol';

/** What requests may be compressed with. Answers never are: they hold tokens beside what the caller chose (the BREACH attack). */
export const ACCEPTED_ENCODINGS = 'gzip, identity';

/** Undoes the compression that a header names. @throws AuthError INVALID_FIELDS; RpcRefusal; TransportLimitError */
export function decompress(bytes: Buffer, encoding: string): Buffer {
  if (isIdentity(encoding)) return bytes;
  checkEncoding(encoding);
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw messageTooLarge();
    throw decodeFailure(error);
  }
}

/** @throws RpcRefusal for a compression that is not known */
export function checkEncoding(encoding: string): void {
  if (!isIdentity(encoding) && encoding !== 'gzip') {
    throw unimplemented(`Unknown compression: one of ${ACCEPTED_ENCODINGS} can be read`);
  }
}

export function messageTooLarge(): TransportLimitError {
  return new TransportLimitError(`Received message larger than max (${MAX_MESSAGE_BYTES} bytes)`);
}

function isIdentity(encoding: string): boolean {
  return encoding === '' || encoding === 'identity';
}
