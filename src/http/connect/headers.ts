import { AuthError } from '../../auth/errors';

const CONNECT_TIMEOUT = /^\d{1,10}$/;

/** `Connect-Timeout-Ms`; Infinity without one. @throws AuthError INVALID_FIELDS */
export function parseConnectTimeout(text: string): number {
  if (text === '') return Number.POSITIVE_INFINITY;
  if (!CONNECT_TIMEOUT.test(text)) throw invalidHeader('connect-timeout-ms', 'Must be at most 10 digits');
  return Number(text);
}

export function invalidHeader(field: string, description: string): AuthError {
  return new AuthError('INVALID_FIELDS', { violations: [{ field, description }] });
}

/** A content type without its parameters; undefined when these name a character set other than UTF-8. */
export function parseContentType(header: string): string | undefined {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const isUtf8 = parameters.every((one) => /^\s*(charset="?utf-8"?)?\s*$/.test(one));
  return isUtf8 ? type.trim() : undefined;
}
