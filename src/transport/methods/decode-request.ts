import { AuthError } from '../../auth/errors';
import type { RpcMethod } from './method';

/** The request in these bytes. @throws AuthError INVALID_FIELDS on bytes that are no message of its type */
export function decodeRequest(method: Pick<RpcMethod, 'decode'>, bytes: Uint8Array): unknown {
  try {
    return method.decode(bytes);
  } catch (cause) {
    throw decodeFailure(cause);
  }
}

/** The bytes of a request are no message. */
export function decodeFailure(cause?: unknown): AuthError {
  const description = 'Must be one message of the type that the proto file names';
  return new AuthError('INVALID_FIELDS', { violations: [{ field: '', description }], cause });
}
