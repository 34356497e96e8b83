const BEARER = /^bearer +([^\s]+) *$/i;

/** The token of `authorization: Bearer <token>` (RFC 9110 section 11.4); empty when there is none. */
export function readBearer(authorization: string | undefined): string {
  if (authorization === undefined) return '';
  return BEARER.exec(authorization)?.[1] ?? '';
}
