import type { Call } from '../call';
import { AuthError } from '../errors';
import { type AuthenticateDeps, authenticate } from './authenticate';
import type { Principal } from './principal';

const MAX_TOKENS = 100;

/** What became of one token. */
export type BatchResult = Principal | AuthError;

/**
 * Validates 1 to 100 tokens at once; the results stand in the order of the tokens.
 *
 * @throws AuthError INVALID_FIELDS; STORE_UNAVAILABLE for the call as a whole
 */
export function batchValidate(deps: AuthenticateDeps) {
  return (accessTokens: readonly string[], call: Call): BatchResult[] => {
    if (accessTokens.length === 0 || accessTokens.length > MAX_TOKENS) {
      const description = `Give 1 to ${MAX_TOKENS} tokens`;
      throw new AuthError('INVALID_FIELDS', { violations: [{ field: 'access_tokens', description }] });
    }
    return accessTokens.map((token) => validateOne(deps, token, call));
  };
}

function validateOne(deps: AuthenticateDeps, token: string, call: Call): BatchResult {
  try {
    return authenticate(deps, token, call);
  } catch (error) {
    if (error instanceof AuthError && error.reason !== 'STORE_UNAVAILABLE') return error;
    throw error;
  }
}
