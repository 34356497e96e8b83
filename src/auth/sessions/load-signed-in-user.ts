import type { StoredUser, Users } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { Principal } from '../tokens/principal';
import { isGoodFor } from './ending-sessions';
import type { StoredSessions } from './stored-sessions';

export interface LoadSignedInUserDeps {
  readonly users: Users;
  readonly sessions: StoredSessions;
  readonly clock: Clock;
}

/**
 * The user of a session, if both are good as stored now: for what must not be done in the second in which this replica
 * may not have heard yet that the session has ended.
 *
 * @throws AuthError TOKEN_REVOKED, USER_INACTIVE
 */
export async function loadSignedInUser(
  deps: LoadSignedInUserDeps,
  { userId, sessionId }: Principal,
  call: Call,
): Promise<StoredUser> {
  const [user, session] = await Promise.all([deps.users.findById(userId, call), deps.sessions.find(sessionId, call)]);
  if (user === undefined) throw new AuthError('TOKEN_REVOKED', { userId });
  if (!user.active) throw new AuthError('USER_INACTIVE', { userId });
  const isLive =
    session !== undefined &&
    session.userId === user.id &&
    session.endedAt === null &&
    session.expiresAt.getTime() > deps.clock.now() &&
    isGoodFor(user, session);
  if (!isLive) throw new AuthError('TOKEN_REVOKED', { userId });
  return user;
}
