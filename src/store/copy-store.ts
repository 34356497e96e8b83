import { isDeepStrictEqual } from 'node:util';
import type { StoredUser } from '../auth/accounts/users';
import type { Call } from '../auth/call';
import type { Revocation } from '../auth/revocation/revocation-record';
import { type Store, StoreRefusedError } from './store';

/** How many rows are read at once, and how many of them written in parallel. */
const BATCH = 200;
/** An owner may have fewer; what lies there was allowed when it was made. */
const NO_LIMIT = 1_000_000;

/** How many rows of each kind are in the target now as they are in the source. */
export interface Copied {
  readonly users: number;
  readonly sessions: number;
  readonly apiKeys: number;
  readonly signingKeys: number;
  readonly auditEvents: number;
  readonly revocations: number;
}

/**
 * Copies what outlives a restart from one store to another: users, live sessions, API keys, signing keys, the audit log
 * and the window of revocations. Counters of failed logins, mails that wait and account tokens stay behind. What is
 * there already as it is in the source is left alone, so a copy that broke off goes on when it is begun again. No
 * other process may write to either store meanwhile.
 *
 * @throws StoreRefusedError when the target has something else under the same id or name
 */
export async function copyStore(source: Store, target: Store, newCall: () => Call): Promise<Copied> {
  let [users, sessions, apiKeys] = [0, 0, 0];
  // Before the rows: what was refused stays refused.
  const revocations = await copyRevocations(source, target, newCall);
  const signingKeys = await copySigningKeys(source, target, newCall);
  for await (const page of pagesOfUsers(source, newCall)) {
    await Promise.all(page.map((user) => copyUser(user, target, newCall)));
    for (const { id } of page) {
      sessions += await copySessions(id, source, target, newCall);
      apiKeys += await copyApiKeys(id, source, target, newCall);
    }
    users += page.length;
  }
  const auditEvents = await copyAuditLog(source, target, newCall);
  await verifyUsers(source, target, newCall);
  return { users, sessions, apiKeys, signingKeys, auditEvents, revocations };
}

async function* pagesOfUsers({ users }: Store, newCall: () => Call): AsyncGenerator<StoredUser[]> {
  let after: string | undefined;
  do {
    const page: StoredUser[] = await users.list({ after, limit: BATCH }, newCall());
    if (page.length > 0) yield page;
    after = page.length === BATCH ? page.at(-1)?.id : undefined;
  } while (after !== undefined);
}

async function copyUser(user: StoredUser, { users }: Store, newCall: () => Call): Promise<void> {
  const existing = await users.findById(user.id, newCall());
  if (existing === undefined) await users.insert(user, newCall());
  else if (!isDeepStrictEqual(existing, user)) throw differs('user', user.id);
}

async function copySessions(userId: string, source: Store, target: Store, newCall: () => Call): Promise<number> {
  const live = await source.sessions.listLive(userId, { now: new Date() }, newCall());
  for (const session of live) {
    const existing = await target.sessions.find(session.id, newCall());
    if (existing === undefined) await target.sessions.insert(session, newCall());
    else if (existing.generation !== session.generation) throw differs('session', session.id);
  }
  return live.length;
}

async function copyApiKeys(userId: string, source: Store, target: Store, newCall: () => Call): Promise<number> {
  const query = { userId, after: undefined, limit: NO_LIMIT };
  const keys = await source.apiKeys.list(query, newCall());
  for (const key of keys) {
    const existing = await target.apiKeys.find(key.id, newCall());
    if (existing === undefined) await target.apiKeys.insert(key, { atMost: NO_LIMIT, keep: NO_LIMIT }, newCall());
    else if (existing.secretHash !== key.secretHash) throw differs('API key', key.id);
  }
  return keys.length;
}

async function copySigningKeys(source: Store, target: Store, newCall: () => Call): Promise<number> {
  const keys = await source.signingKeys.list(newCall());
  for (const key of keys) {
    if (await target.signingKeys.insert(key, newCall())) continue;
    const there = await target.signingKeys.list(newCall());
    if (!there.some(({ id }) => id === key.id)) throw differs('signing key', key.id);
  }
  return keys.length;
}

async function copyRevocations(source: Store, target: Store, newCall: () => Call): Promise<number> {
  const records: Revocation[] = [];
  const onRecord = (record: Revocation) => records.push(record);
  const follower = await source.revocationFeed.follow({ onRecord, onFresh: () => {}, onBroken: () => {} });
  await follower.close();
  for (let from = 0; from < records.length; from += BATCH) {
    await target.revocationFeed.append(records.slice(from, from + BATCH), newCall());
  }
  return records.length;
}

async function copyAuditLog(source: Store, target: Store, newCall: () => Call): Promise<number> {
  let count = 0;
  let before: string | undefined;
  do {
    const query = { userId: undefined, type: undefined, before, limit: BATCH };
    const events = await source.auditLog.list(query, newCall());
    await target.auditLog.append(events);
    count += events.length;
    before = events.length === BATCH ? events.at(-1)?.id : undefined;
  } while (before !== undefined);
  return count;
}

/** Reads everything again: what is not as it was is reported before the copy is used. */
async function verifyUsers(source: Store, target: Store, newCall: () => Call): Promise<void> {
  for await (const page of pagesOfUsers(source, newCall)) {
    const there = await Promise.all(page.map(({ id }) => target.users.findById(id, newCall())));
    for (const [n, user] of page.entries()) if (!isDeepStrictEqual(there[n], user)) throw differs('user', user.id);
  }
}

function differs(what: string, id: string): StoreRefusedError {
  return new StoreRefusedError(`The other store holds another ${what} ${id}; copy into an empty one`);
}
