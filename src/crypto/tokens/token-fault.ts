import { JsonWebTokenError, NotBeforeError } from 'jsonwebtoken';
import type { CredentialFault } from '../../auth/tokens/credential-fault';

const WITH_SCHEME = /^bearer\s/i;
const REFRESH_TOKEN = 'pstr1.';

/** What a text is that has not the shape of an access token: the two mistakes that are made most have a word each. */
export function describeOtherText(token: string): CredentialFault {
  if (WITH_SCHEME.test(token)) return 'bearer_in_token';
  return token.startsWith(REFRESH_TOKEN) ? 'refresh_token' : 'malformed';
}

/** Why jsonwebtoken refused a token of the right shape. */
export function describeFailure(cause: unknown): CredentialFault {
  if (cause instanceof NotBeforeError) return 'not_yet_valid';
  return cause instanceof JsonWebTokenError && cause.message === 'invalid signature' ? 'signature' : 'malformed';
}
