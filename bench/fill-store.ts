import { createHash, randomBytes } from 'node:crypto';
import { hashSync } from '@node-rs/argon2';
import { v7 as uuidv7 } from 'uuid';
import type { StoredUser } from '../src/auth/accounts/users';
import type { AuditEvent } from '../src/auth/audit/audit-event';
import type { Revocation } from '../src/auth/revocation/revocation-record';
import type { StoredSession } from '../src/auth/sessions/stored-sessions';
import type { Database } from '../src/store/open-store';
import type { Store } from '../src/store/store';
import { call, inBatches, newUser, openSeedStore, PASSWORD, type SeededUser, seedApiKeys } from './seed';

/** What lies in a store. */
export interface Filling {
  readonly users: number;
  /** A tenth of them live. */
  readonly sessions: number;
  readonly auditEvents: number;
  readonly apiKeys: number;
  /** Of one user. */
  readonly heavy: { readonly endedSessions: number; readonly liveSessions: number; readonly auditEvents: number };
}

export interface Filled {
  /** Those who call: the first of all. */
  readonly users: readonly SeededUser[];
  readonly admin: SeededUser;
  readonly heavy: SeededUser;
  /** The id of a user in the middle of the list. */
  readonly middleUser: string;
  /** An id that half of all events are older than. */
  readonly middleEvent: string;
}

const DAY_MS = 86_400_000;
/** How far back events go. */
const EVENTS_MS = 60 * DAY_MS;
const EVENTS_PER_WRITE = 2_000;
const SESSIONS_PER_RECORD = 500;
/** Even an empty store has those who call. */
export const CALLERS = 500;

/**
 * Fills a store by its own ports: whatever they keep beside the rows is there, too. `onPart` is called when all rows of
 * one kind are in.
 */
export async function fillStore(
  database: Database,
  filling: Filling,
  onPart: (kind: 'user' | 'session' | 'event', rows: number) => Promise<void> = async () => {},
): Promise<Filled> {
  const store = await openSeedStore(database);
  const passwordHash = hashSync(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const users = Array.from({ length: filling.users }, (_, n) => newUser(n, passwordHash));
  const asAdmin = (n: number): StoredUser => ({ ...(users[n] as StoredUser), roles: ['user', 'admin'] });
  const [admin, heavy] = [asAdmin(0), asAdmin(1)];
  Object.assign(users, { 0: admin, 1: heavy });
  await inBatches(users, (user) => store.users.insert(user, call()));
  await onPart('user', users.length);
  const { endedSessions, liveSessions, auditEvents } = filling.heavy;
  await insertSessions(store, filling.sessions, (n) => newSession(users[n % users.length], n % 10 !== 0));
  await insertSessions(store, endedSessions, () => newSession(heavy, true));
  await insertSessions(store, liveSessions, () => newSession(heavy, false));
  await onPart('session', filling.sessions + endedSessions + liveSessions);
  const logins = filling.auditEvents;
  await appendEvents(store, logins, (n) => newEvent(users[n % users.length], 'login.succeeded', spreadTime(n, logins)));
  const failures = auditEvents;
  await appendEvents(store, failures, (n) => newEvent(heavy, 'login.failed', spreadTime(n, failures)));
  await appendEvents(store, 1, () => newEvent(heavy, 'password.changed', Date.now() - EVENTS_MS / 2));
  await onPart('event', filling.auditEvents + auditEvents + 1);
  await store.close();
  await seedApiKeys(database, users, filling.apiKeys);
  return {
    users: users.slice(0, CALLERS),
    admin,
    heavy,
    middleUser: users[users.length >> 1]?.id ?? '',
    middleEvent: uuidv7({ msecs: spreadTime(1, 2) }),
  };
}

/** Live sessions of one user, for those that an earlier run has ended. */
export async function addLiveSessions(database: Database, user: SeededUser, count: number): Promise<void> {
  const store = await openSeedStore(database);
  await insertSessions(store, count, () => newSession(user, false));
  await store.close();
}

/**
 * Ends sessions until the window, which every replica loads and keeps, has `sessions`. A run a quarter of an hour ago
 * may have left some.
 */
export async function fillWindow(database: Database, sessions: number): Promise<void> {
  const store = await openSeedStore(database);
  for (let n = await countEnded(store); n < sessions; n += SESSIONS_PER_RECORD) {
    const sessionIds = Array.from({ length: SESSIONS_PER_RECORD }, () => uuidv7());
    const record = { kind: 'sessions', id: uuidv7(), at: Date.now(), userId: uuidv7(), sessionIds, reason: 'logout' };
    await store.revocationFeed.append([record as never], call());
  }
  await store.close();
}

/** How many ended sessions a service reads at its start. */
async function countEnded(store: Store): Promise<number> {
  let ended = 0;
  const onRecord = (record: Revocation) => {
    if (record.kind === 'sessions') ended += record.sessionIds.length;
  };
  const feed = await store.revocationFeed.follow({ onRecord, onFresh() {}, onBroken() {} });
  await feed.close();
  return ended;
}

async function insertSessions(store: Store, count: number, make: (n: number) => StoredSession): Promise<void> {
  for (let from = 0; from < count; from += 10_000) {
    const made = Array.from({ length: Math.min(10_000, count - from) }, (_, n) => make(from + n));
    await inBatches(made, (session) => store.sessions.insert(session, call()));
  }
}

async function appendEvents(store: Store, count: number, make: (n: number) => AuditEvent): Promise<void> {
  for (let from = 0; from < count; from += EVENTS_PER_WRITE) {
    const length = Math.min(EVENTS_PER_WRITE, count - from);
    await store.auditLog.append(Array.from({ length }, (_, n) => make(from + n)));
  }
}

function newSession(user: SeededUser | undefined, hasEnded: boolean): StoredSession {
  const now = Date.now();
  return {
    id: uuidv7(),
    userId: user?.id ?? '',
    epoch: 1,
    generation: 0,
    saltHash: createHash('sha256').update(randomBytes(16)).digest('base64url'),
    refreshKeyId: 'bench',
    rotatedAt: [],
    deviceName: 'bench',
    userAgent: 'bench/1',
    ipAddress: '192.0.2.7',
    createdAt: new Date(now),
    lastUsedAt: new Date(now),
    expiresAt: new Date(now + 7 * DAY_MS),
    limitAt: new Date(now + 30 * DAY_MS),
    endedAt: hasEnded ? new Date(now) : null,
    endReason: hasEnded ? 'logout' : null,
  };
}

/** When the nth of so many events was, in ms since the epoch: evenly over what the trail keeps. */
function spreadTime(n: number, count: number): number {
  return Date.now() - EVENTS_MS + Math.floor((EVENTS_MS * n) / count);
}

function newEvent(user: StoredUser | undefined, type: AuditEvent['type'], at: number): AuditEvent {
  const occurredAt = new Date(at);
  return {
    id: uuidv7({ msecs: at }),
    type,
    occurredAt,
    userId: user?.id ?? '',
    username: user?.username ?? '',
    loginDigest: '',
    actorId: '',
    ipAddress: '192.0.2.7',
    requestId: uuidv7(),
    reason: '',
    count: 1,
    lastOccurredAt: occurredAt,
  };
}
