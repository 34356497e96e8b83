import type { StoredUser, Users } from '../accounts/users';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import type { SessionLimits } from '../login/login';
import { type EndSessionsDeps, endSession } from './end-sessions';
import { isEnding, isGoodFor } from './ending-sessions';
import type { RefreshTokenParts } from './refresh-tokens';
import type { StoredSession } from './stored-sessions';
import { type TokenPair, type TokenPairDeps, tokenPair } from './token-pair';

export interface RefreshDeps extends EndSessionsDeps, TokenPairDeps {
  readonly users: Users;
  readonly sessionLimits: SessionLimits;
  /** REFRESH_GRACE_SECONDS, in ms. */
  readonly graceMs: number;
}

/**
 * Rotates a refresh token (RFC 9700 section 4.14.2). Its MAC is checked before any store is touched, and the rotation
 * and the second look at the user travel together: one round trip.
 *
 * @throws AuthError INVALID_REFRESH_TOKEN
 */
export function refresh(deps: RefreshDeps) {
  return async (input: { readonly refreshToken: string }, call: Call): Promise<TokenPair> => {
    const claims = deps.refreshTokens.open(input.refreshToken);
    if (claims === undefined) throw new AuthError('INVALID_REFRESH_TOKEN');
    const { userId } = claims;
    const saltHash = deps.refreshTokens.hashSalt(claims.salt);
    throwIfEnded(call, deps.clock);
    const now = deps.clock.now();
    const [rotated, user] = await Promise.all([
      deps.sessions.rotate(
        claims.sessionId,
        {
          from: claims.generation,
          saltHash,
          refreshKeyId: deps.refreshTokens.currentKeyId,
          at: now,
          expiresAt: new Date(now + deps.sessionLimits.idleMs),
          ipAddress: call.ipAddress,
        },
        call,
      ),
      deps.users.findById(claims.userId, call),
    ]);
    const session = rotated ?? (await resolveReusedToken(deps, claims, { saltHash, user }, call));
    if (user === undefined || !user.active || session.userId !== user.id || !isGoodFor(user, session)) {
      throw new AuthError('INVALID_REFRESH_TOKEN', { userId });
    }
    const end = deps.revocations.findSessionEnd(session.id);
    if (end !== undefined) {
      // In the feed, but not written: the call that ended it died or ran out of time. Its work is finished here.
      throwIfEnded(call, deps.clock);
      await endSession(deps, session.id, { reason: end.reason }, call);
      throw new AuthError('INVALID_REFRESH_TOKEN', { userId });
    }
    return tokenPair(deps, user, session, claims.salt);
  };
}

/** The token was used before. Within the grace of its first use it gets the same successor; later its session ends. */
async function resolveReusedToken(
  deps: RefreshDeps,
  claims: RefreshTokenParts,
  { saltHash, user }: { readonly saltHash: string; readonly user: StoredUser | undefined },
  call: Call,
): Promise<StoredSession> {
  const session = await deps.sessions.find(claims.sessionId, call);
  const now = deps.clock.now();
  const isLive =
    session !== undefined &&
    session.endedAt === null &&
    session.expiresAt.getTime() > now &&
    (user === undefined || !isEnding(user, session.id));
  if (!isLive || session.saltHash !== saltHash || session.generation < claims.generation) {
    throw new AuthError('INVALID_REFRESH_TOKEN', { userId: claims.userId });
  }
  // The token is unused: the store came to the rotation too late, and has left it.
  if (session.generation === claims.generation) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
  const graceEnd = endOfGrace(session, claims.generation, deps.graceMs);
  // A first use far in the future: the clock was set back, and how long ago that was cannot be known. Then no call gets
  // a successor again, and no session ends for it.
  const isKnown = firstUse(session, claims.generation) <= now + CLOCK_SKEW_MS;
  if (session.generation === claims.generation + 1 && deps.graceMs > 0 && isKnown && now <= graceEnd) return session;
  // Judged by when the call arrived: one that was only held up on its way, in here or in the store, is no replay.
  if (call.arrivedAt > graceEnd) {
    throwIfEnded(call, deps.clock);
    recordEvent(deps.events, call, 'refresh.replayed', { userId: session.userId, reason: 'replay' });
    await endSession(deps, session.id, { reason: 'replay', where: { saltHash } }, call);
  }
  throw new AuthError('INVALID_REFRESH_TOKEN', { userId: claims.userId });
}

/** How far the clocks of replicas may be apart. */
const CLOCK_SKEW_MS = 5_000;

/** The grace counts from the first use of a token, and is over as soon as its successor is used. */
function endOfGrace(session: StoredSession, generation: number, graceMs: number): number {
  return Math.min(firstUse(session, generation) + graceMs, firstUse(session, generation + 1));
}

/**
 * When the token of a generation was rotated away: never for the live one, long ago where the session no longer
 * remembers.
 */
function firstUse(session: StoredSession, generation: number): number {
  if (generation >= session.generation) return Number.POSITIVE_INFINITY;
  return session.rotatedAt[session.rotatedAt.length - (session.generation - generation)] ?? Number.NEGATIVE_INFINITY;
}
