import type { StoredUser, Users } from '../accounts/users';
import type { Events } from '../audit/events';
import type { Call } from '../call';

export interface ExportUsersDeps {
  readonly users: Users;
  readonly events: Events;
}

/** An account as another system, or `importUsers`, takes it in. */
export interface ExportedUser {
  /** What it was imported by, or its id. */
  readonly externalId: string;
  readonly email: string;
  readonly username: string;
  readonly emailVerified: boolean;
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  /** As it is stored; empty where there is none. */
  readonly passwordHash: string;
}

const PAGE = 200;

/**
 * All users in the order of ids, with their hashes; service accounts are left out. The audit trail
 * says that it began before the first one is given out, and who was left out is not counted in it.
 *
 * @throws AuthError STORE_UNAVAILABLE
 */
export function exportUsers(deps: ExportUsersDeps) {
  return async function* (actorId: string, newCall: () => Call): AsyncGenerator<ExportedUser> {
    const { ipAddress, requestId } = newCall();
    const about = { userId: '', username: '', loginDigest: '', actorId, ipAddress, requestId, reason: '' };
    deps.events.record({ type: 'user.exported', ...about });
    await deps.events.flush();
    for (let after: string | undefined; ; ) {
      const page: StoredUser[] = await deps.users.list({ after, limit: PAGE }, newCall());
      for (const user of page) if (user.kind !== 'service') yield exported(user);
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  };
}

function exported({ id, externalId, email, username, emailVerified, active, ...user }: StoredUser): ExportedUser {
  const { roles, createdAt, passwordHash } = user;
  return { externalId: externalId ?? id, email, username, emailVerified, active, roles, createdAt, passwordHash };
}
