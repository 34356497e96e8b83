import type { User } from '../auth/accounts/users';
import type { Lockout } from '../auth/login/login-failures';
import type { Core } from '../composition/core';
import type { Cell } from './print';

/** How far back refused logins are read; pages of a few hundred rows. */
const PAGE = 500;

/** Which logins of a user are refused now. */
export function findLockout({ store, loginLimits, internalCall }: Core, user: Pick<User, 'id'>): Promise<Lockout> {
  return store.loginFailures.findLockout(user.id, loginLimits, Date.now(), internalCall());
}

export function isLocked({ everywhereUntil, sourcesUntil }: Lockout): boolean {
  return everywhereUntil !== undefined || sourcesUntil.length > 0;
}

/**
 * The addresses from which logins with an account failed within the window that is counted, the latest first. The
 * counters keep digests only; this is what the audit trail has.
 */
export async function findFailureAddresses(
  { useCases, loginLimits, internalCall }: Core,
  userId: string,
): Promise<string[]> {
  const since = new Date(Date.now() - loginLimits.windowSeconds * 1000);
  const query = { pageSize: PAGE, pageToken: '', userId, occurredAfter: since, occurredBefore: undefined };
  const lists = await Promise.all(
    ['login.failed', 'login.rate_limited'].map((type) =>
      useCases.admin.listAuditEvents({ ...query, type }, internalCall()),
    ),
  );
  return [...new Set(lists.flatMap(({ events }) => events.map(({ ipAddress }) => ipAddress)))];
}

/** The accounts that are locked now: those that a login was refused or failed for within the window. */
export async function findLockedUserIds(core: Core): Promise<Set<string>> {
  const { useCases, loginLimits, internalCall } = core;
  const since = new Date(Date.now() - loginLimits.windowSeconds * 1000);
  const ids = new Set<string>();
  for (const type of ['login.failed', 'login.rate_limited']) {
    let pageToken = '';
    do {
      const query = { pageSize: PAGE, pageToken, userId: '', type, occurredAfter: since, occurredBefore: undefined };
      const { events, nextPageToken } = await useCases.admin.listAuditEvents(query, internalCall());
      for (const { userId } of events) if (userId !== '') ids.add(userId);
      pageToken = nextPageToken;
    } while (pageToken !== '');
  }
  const locked = new Set<string>();
  for (const id of ids) if (isLocked(await findLockout(core, { id }))) locked.add(id);
  return locked;
}

/** For people: who is locked out, from where, until when. */
export function describeLockout({ everywhereUntil, sourcesUntil }: Lockout, addresses: readonly string[]): Cell {
  const failing = addresses.length === 0 ? '' : ` (failed logins from ${addresses.join(', ')})`;
  if (everywhereUntil !== undefined) return `from everywhere until ${everywhereUntil.toISOString()}${failing}`;
  const [last] = sourcesUntil;
  if (last === undefined) return 'no';
  const sources = sourcesUntil.length === 1 ? 'one source' : `${sourcesUntil.length} sources`;
  return `for ${sources} until ${last.toISOString()}${failing}`;
}
