import { AuthError } from '../../auth/errors';

const CONNECT_TIMEOUT = /^\d{1,10}$/;
const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** `Connect-Timeout-Ms`, or undefined when there is none. @throws AuthError INVALID_FIELDS */
export function parseConnectTimeout(text: string): number | undefined {
  if (text === '') return undefined;
  if (!CONNECT_TIMEOUT.test(text)) throw invalidHeader('connect-timeout-ms', 'Must be at most 10 digits');
  return Number(text);
}

/** `grpc-timeout` in ms, or undefined when there is none. @throws AuthError INVALID_FIELDS */
export function parseGrpcTimeout(text: string): number | undefined {
  if (text === '') return undefined;
  const [, digits, unit = ''] = GRPC_TIMEOUT.exec(text) ?? [];
  const ms = MS_PER_UNIT[unit];
  if (ms === undefined) throw invalidHeader('grpc-timeout', 'Must be at most 8 digits and a unit of H, M, S, m, u, n');
  return Number(digits) * ms;
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
