import type { Call } from '../call';
import { type EndSessionsDeps, endSession } from './end-sessions';
import type { RefreshTokens } from './refresh-tokens';

/**
 * Ends the session of any of its refresh tokens. Idempotent: an unknown or ended one is no error (RFC 7009 section
 * 2.2). Returns the user whose token it was, if that can be found.
 */
export function logout(deps: EndSessionsDeps & { readonly refreshTokens: RefreshTokens }) {
  return async (input: { readonly refreshToken: string }, call: Call): Promise<{ userId: string } | undefined> => {
    const claims = deps.refreshTokens.open(input.refreshToken);
    if (claims === undefined) return undefined;
    const saltHash = deps.refreshTokens.hashSalt(claims.salt);
    await endSession(deps, claims.sessionId, { reason: 'logout', where: { saltHash } }, call);
    return { userId: claims.userId };
  };
}
