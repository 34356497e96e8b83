import { createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from '@node-rs/argon2';
import { open } from 'lmdb';
import { v7 as uuidv7 } from 'uuid';
import type { StoredUser } from '../src/auth/accounts/users';
import { newApiKeyId } from '../src/auth/api-keys/api-key-id';
import type { Call } from '../src/auth/call';
import { systemClock } from '../src/auth/clock';
import { createInternalCall } from '../src/auth/internal-call';
import type { Revocation } from '../src/auth/revocation/revocation-record';
import { createApiKeyTexts } from '../src/crypto/api-keys/api-key-texts';
import { createKeyring } from '../src/crypto/keys/create-keyring';
import { createAccessTokens } from '../src/crypto/tokens/access-tokens';
import { openTables, TABLE_NAMES } from '../src/store/embedded/engine/tables';
import { type Database, openStore } from '../src/store/open-store';
import type { Store } from '../src/store/store';
import { SECRET_KEY } from './secret-key';

export const PASSWORD = 'a long and lasting passphrase';
const TTL_MS = 30 * 60_000;
const BATCH = 500;

const secrets = { current: createSecretKey(Buffer.from(SECRET_KEY)), previous: undefined };

/** What the benchmark knows of a user that it has put into a store. */
export type SeededUser = Pick<StoredUser, 'id' | 'username' | 'roles'>;

export interface Seed {
  readonly users?: number;
  readonly revocations?: number;
  readonly algorithm?: 'HS256' | 'ES256';
}

/** A directory for an embedded store, and its end. */
export function temporaryDatabase(): { directory: string; database: Database; url: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-data-'));
  return {
    directory,
    database: { kind: 'embedded', directory },
    url: `file:${directory}`,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Fills a store with users named `user-0`, `user-1` ..., and revocations of sessions that do not exist. */
export async function seed(database: Database, { users = 64, revocations = 0 }: Seed): Promise<StoredUser[]> {
  const store = await openSeedStore(database);
  const passwordHash = hashSync(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const made = Array.from({ length: users }, (_, n) => newUser(n, passwordHash));
  await inBatches(made, (user) => store.users.insert(user, call()));
  const records = Array.from({ length: revocations / BATCH }, newRevocation);
  if (records.length > 0) await store.revocationFeed.append(records, call());
  await store.close();
  return made;
}

/** Access tokens of these users, each with a session of its own, signed as the service signs. */
export async function mint(
  database: Database,
  users: readonly SeededUser[],
  count: number,
  algorithm: 'HS256' | 'ES256',
) {
  const store = await openSeedStore(database);
  const keyring = createKeyring({
    algorithm,
    secrets,
    clock: systemClock,
    signingKeys: store.signingKeys,
    accessTtlMs: TTL_MS,
    rotationMs: 90 * 86_400_000,
    propagationMs: 60_000,
    internalCall: call,
    onProblem: () => {},
  });
  await keyring.refresh(call());
  const tokens = createAccessTokens({
    keyring,
    clock: systemClock,
    issuer: 'postern',
    audience: 'postern',
    accessTtlMs: TTL_MS,
  });
  const minted = Array.from({ length: count }, (_, n) => {
    const { id: userId, username, roles } = users[n % users.length] as SeededUser;
    return tokens.issue({ userId, username, roles, sessionId: uuidv7() }, Date.now() + TTL_MS).token;
  });
  await store.close();
  return minted;
}

/** The texts of `count` API keys, which these users own in turn. */
export async function seedApiKeys(database: Database, users: readonly StoredUser[], count: number): Promise<string[]> {
  const store = await openSeedStore(database);
  const texts = createApiKeyTexts();
  const made = Array.from({ length: count }, (_, n) => {
    const id = newApiKeyId({ next: uuidv7 });
    const { text, secretHash } = texts.mint(id);
    const { id: userId, roles } = users[n % users.length] as StoredUser;
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + 90 * 86_400_000);
    const ends = { lastUsedAt: null, revokedAt: null };
    return {
      text,
      key: { id, userId, name: 'bench', secretHash, roles, allowedCidrs: [], createdAt, expiresAt, ...ends },
    };
  });
  const limits = { atMost: Math.ceil(count / users.length), keep: count };
  await inBatches(made, ({ key }) => store.apiKeys.insert(key, limits, call()));
  await store.close();
  return made.map(({ text }) => text);
}

/** An API key that may follow WatchRevocations. */
export async function seedWatcher(database: Database): Promise<string> {
  const store = await openSeedStore(database);
  const watcher = { ...newUser(1_000_000, ''), roles: ['service'] };
  await store.users.insert(watcher, call());
  await store.close();
  const [apiKey = ''] = await seedApiKeys(database, [watcher], 1);
  return apiKey;
}

/** Mails that wait: notices to these users in turn. */
export async function seedMails(database: Database, users: readonly StoredUser[], count: number): Promise<void> {
  const store = await openSeedStore(database);
  const mails = Array.from({ length: count }, (_, n) => {
    const { id: userId, email: address } = users[n % users.length] as StoredUser;
    const kind = 'password-changed-notice' as const;
    return { id: uuidv7(), kind, address, userId, requestedAt: new Date() };
  });
  for (let at = 0; at < count; at += BATCH) await store.mailOutbox.add(mails.slice(at, at + BATCH), call());
  await store.close();
}

/** Empties the outbox of an embedded store. */
export function removeMails(database: Database): void {
  if (database.kind !== 'embedded') throw new Error('Only the outbox of an embedded store can be emptied');
  const path = join(database.directory, 'data.mdb');
  const root = open({ path, noSubdir: true, maxDbs: TABLE_NAMES.length });
  const { mailOutbox, mailsByDue } = openTables(root);
  for (const table of [mailOutbox, mailsByDue]) table.clearSync();
  void root.close();
}

export function openSeedStore(database: Database): Promise<Store> {
  return openStore(database, {
    openedBy: 'tool',
    clock: systemClock,
    revocationWindowMs: TTL_MS + 70_000,
    auditRetentionMs: 90 * 86_400_000,
    onProblem: (problem) => process.stderr.write(`${problem}\n`),
    onFatal: (cause) => {
      throw cause;
    },
  });
}

export function call(): Call {
  return createInternalCall(systemClock, 60_000, 'bench');
}

export function newUser(n: number, passwordHash: string): StoredUser {
  return {
    id: uuidv7(),
    email: `user-${n}@example.com`,
    username: `user-${n}`,
    passwordHash,
    active: true,
    roles: ['user'],
    emailVerified: false,
    createdAt: new Date(),
    version: 1,
    sessionEpoch: 1,
  };
}

/** BATCH sessions in one record, as the end of a user's sessions makes them. */
function newRevocation(): Revocation {
  const sessionIds = Array.from({ length: BATCH }, () => uuidv7());
  return { kind: 'sessions', id: uuidv7(), at: Date.now(), userId: uuidv7(), sessionIds, reason: 'revoked' };
}

export async function inBatches<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(each));
}
