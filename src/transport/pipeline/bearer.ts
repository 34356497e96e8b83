import type { CredentialFault } from '../../auth/tokens/credential-fault';

const SCHEME = 'bearer ';

/** The token of `Bearer <token>` (RFC 6750 section 2.1), the scheme in any case; empty when there is none. */
export function readBearer(authorization: string): string {
  return hasScheme(authorization) ? authorization.slice(SCHEME.length).trim() : '';
}

/** Whether a value of `authorization` is of the scheme Bearer, with a token or without. */
export function hasScheme(authorization: string): boolean {
  return authorization.slice(0, SCHEME.length).toLowerCase() === SCHEME;
}

/** Why no token could be taken out of the values of `authorization`; for the log. */
export function describeNoBearer(authorization: readonly string[]): CredentialFault {
  const [credential = '', ...more] = authorization;
  if (more.length > 0) return 'several_credentials';
  if (credential.trim() === '') return 'no_bearer';
  return /^bearer\s*$/i.test(credential) ? 'empty_bearer' : 'scheme';
}
