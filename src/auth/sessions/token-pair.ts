import type { StoredUser } from '../accounts/users';
import type { Clock } from '../clock';
import type { AccessTokens } from '../tokens/access-tokens';
import type { RefreshTokens } from './refresh-tokens';
import type { StoredSession } from './stored-sessions';

export interface TokenPair {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** Seconds. */
  readonly refreshExpiresIn: number;
  readonly sessionId: string;
  readonly userId: string;
}

export interface TokenPairDeps {
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly clock: Clock;
}

/**
 * A new access token and the refresh token of the session's live generation. The access token is good no longer than
 * the session would be without another rotation: what ends the live sessions of a user then ends all of their tokens.
 */
export function tokenPair(deps: TokenPairDeps, user: StoredUser, session: StoredSession, salt: string): TokenPair {
  const { token, claims } = deps.accessTokens.issue(
    { userId: user.id, username: user.username, roles: user.roles, sessionId: session.id },
    session.expiresAt.getTime(),
  );
  const { id: sessionId, generation } = session;
  return {
    accessToken: token,
    expiresIn: claims.expiresAt - claims.issuedAt,
    refreshToken: deps.refreshTokens.mint({ sessionId, userId: user.id, generation, salt }, session.refreshKeyId),
    refreshExpiresIn: secondsLeft(session, deps.clock.now()),
    sessionId,
    userId: user.id,
  };
}

/**
 * What the latest use gave it, less the whole seconds since: the few ms that a store takes do not make 7 days one
 * second less.
 */
function secondsLeft({ lastUsedAt, expiresAt }: StoredSession, now: number): number {
  const given = Math.floor((expiresAt.getTime() - lastUsedAt.getTime()) / 1000);
  return Math.max(0, given - Math.floor((now - lastUsedAt.getTime()) / 1000));
}
