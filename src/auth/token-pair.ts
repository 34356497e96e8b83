import type { AccessTokens, Clock, RefreshTokens } from './ports';
import type { StoredSession } from './stored-sessions';
import type { StoredUser } from './users';

export interface TokenPair {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** Seconds. */
  readonly refreshExpiresIn: number;
  readonly sessionId: string;
}

export interface TokenPairDeps {
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly clock: Clock;
}

/** A new access token and the refresh token of the session's live generation. */
export function tokenPair(deps: TokenPairDeps, user: StoredUser, session: StoredSession, salt: string): TokenPair {
  const { token, claims } = deps.accessTokens.issue(
    { userId: user.id, username: user.username, roles: user.roles, sessionId: session.id },
    session.limitAt.getTime(),
  );
  const { id: sessionId, generation } = session;
  return {
    accessToken: token,
    expiresIn: claims.expiresAt - claims.issuedAt,
    refreshToken: deps.refreshTokens.mint({ sessionId, userId: user.id, generation, salt }, session.refreshKeyId),
    refreshExpiresIn: Math.max(0, Math.floor((session.expiresAt.getTime() - deps.clock.now()) / 1000)),
    sessionId,
  };
}
