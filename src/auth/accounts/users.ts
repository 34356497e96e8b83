import type { Call } from '../call';
import type { EndingSessions } from '../sessions/stored-sessions';

/** A person signs in; a service account has neither email nor password, and holds API keys. */
export type UserKind = 'person' | 'service';

/** A user as it is stored. Never leaves the service; {@link User} does. */
export interface StoredUser {
  readonly id: string;
  /** As given. Unique by its `emailKey`; empty for a service account. */
  readonly email: string;
  /** As given. Unique by its `comparisonKey`. */
  readonly username: string;
  /**
   * PHC string of argon2id, or until the first login the text that `ImportedHashes` accepted. Empty: no password opens
   * the account (a service account, or one that was imported without a hash).
   */
  readonly passwordHash: string;
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly emailVerified: boolean;
  readonly createdAt: Date;
  /** Grows by one with every change of `active` or `roles`; starts at 1. Orders what replicas hear about a user. */
  readonly version: number;
  /** Grows by one when all sessions of before become void (disabling, a new password); starts at 1. */
  readonly sessionEpoch: number;
  /** Absent: a person. */
  readonly kind?: UserKind;
  /** What the system that the user came from calls them; absent: they were made here. */
  readonly externalId?: string;
  /** What the row that made the user is known by when it comes again; see `imported-content.ts`. */
  readonly importDigest?: string;
  /**
   * Of an imported hash that no login has renewed yet: its kind, a colon and what it costs, as text whose order within
   * a kind is the order of cost. Goes with the hash.
   */
  readonly importedHashCost?: string;
  /** Sessions that have ended, whatever their rows say; absent or empty: none but those whose rows say so. */
  readonly endingSessions?: readonly EndingSessions[];
}

/** What is stored of a user that callers may see. */
export type ListedUser = Omit<StoredUser, HiddenField>;

/** A user as callers see one. */
export type User = Required<ListedUser>;

type HiddenField = 'passwordHash' | 'version' | 'sessionEpoch' | 'importDigest' | 'importedHashCost' | 'endingSessions';

export function publicUser(stored: ListedUser & Partial<StoredUser>): User {
  const { id, email, username, active, roles, emailVerified, createdAt, kind = 'person', externalId = '' } = stored;
  return { id, email, username, active, roles, emailVerified, createdAt, kind, externalId };
}

/** What became of one user of `Users.import`. */
export type ImportAnswer = 'imported' | 'EMAIL_TAKEN' | 'USERNAME_TAKEN' | StoredUser;

/** What some users have in common. */
export type UserLabel = { readonly role: string } | { readonly kind: 'service' };

export interface ListUsersQuery {
  /** Only users with this; absent: all. */
  readonly label?: UserLabel | undefined;
  /** Only users whose id is greater; ids grow with time (UUID version 7). */
  readonly after: string | undefined;
  readonly limit: number;
}

/** An entry of the index of one of the two names. */
export interface NamePosition {
  readonly name: 'email' | 'username';
  /** The bytes of the entry's key. */
  readonly key: Uint8Array;
}

export interface SearchUsersQuery {
  /** What the email or the username begins with, compared likewise; not empty. */
  readonly prefix: string;
  /** Only entries after this one; undefined: from the first. */
  readonly after: NamePosition | undefined;
  readonly limit: number;
}

export interface FoundUsers {
  readonly found: readonly { readonly user: User; readonly position: NamePosition }[];
  /** Where the search goes on; undefined when nothing follows. */
  readonly next: NamePosition | undefined;
}

/**
 * The users. Every method throws `AuthError('STORE_UNAVAILABLE')` when the engine is out of reach, and never waits
 * beyond `call.deadline`. A change is durable when its promise resolves. All reads see every acknowledged write.
 */
export interface Users {
  /**
   * Inserts a user whose email and username are free, compared by `emailKey` and `comparisonKey`; the engine enforces
   * it, so that of any number of parallel inserts of one name exactly one wins.
   *
   * @throws AuthError EMAIL_TAKEN (also when both are taken), USERNAME_TAKEN
   */
  insert(user: StoredUser, call: Call): Promise<void>;
  /**
   * As `insert`, of many at once, where `externalId` is unique as well. Says of each in their order what became of it:
   * it was stored, a name is taken, or the user who has its `externalId` already, whatever their names are. Nothing of
   * one that is not stored remains; nothing existing is changed. When it throws, some may be stored.
   */
  import(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]>;
  /** What `import` would answer now; stores nothing. */
  tryImport(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]>;
  /** Those who have one of these `externalId`s, by it. */
  findByExternalIds(externalIds: readonly string[], call: Call): Promise<Map<string, StoredUser>>;
  /** Of each kind of imported hash that is left, the one of the greatest `importedHashCost`. */
  listDearestImported(call: Call): Promise<Pick<StoredUser, 'passwordHash' | 'importedHashCost'>[]>;
  findById(id: string, call: Call): Promise<StoredUser | undefined>;
  findByEmail(email: string, call: Call): Promise<StoredUser | undefined>;
  findByUsername(username: string, call: Call): Promise<StoredUser | undefined>;
  /** In the order of ids. Reads no row but those that it returns. */
  list(query: ListUsersQuery, call: Call): Promise<StoredUser[]>;
  /** As `list`, as callers see them: less than half as much to read. */
  listPublic(query: ListUsersQuery, call: Call): Promise<User[]>;
  /**
   * Users by the beginning of a name, in the order of the name that matched; a user both of whose names match comes
   * once, by the lesser. Looks at no more than twice `limit` names, so that a page may be shorter before the end.
   */
  search(query: SearchUsersQuery, call: Call): Promise<FoundUsers>;
  /**
   * Replaces the roles and raises `version`, as one atomic change; returns the user after it.
   *
   * @throws AuthError USER_NOT_FOUND; LAST_ADMIN when no active person with the role `admin` would be left, also when
   *   several such changes run in parallel
   */
  setRoles(id: string, roles: readonly string[], call: Call): Promise<StoredUser>;
  /**
   * Sets `active` and raises `version`; disabling raises `sessionEpoch` too. One atomic change; idempotent.
   *
   * @throws AuthError USER_NOT_FOUND, LAST_ADMIN (as `setRoles`)
   */
  setActive(id: string, active: boolean, call: Call): Promise<StoredUser>;
  /** Adds to `endingSessions`, if the user is there; returns what was there before. */
  addEndingSessions(id: string, ending: EndingSessions, call: Call): Promise<readonly EndingSessions[]>;
  /** Takes out of `endingSessions` what `addEndingSessions` has added with this id. */
  removeEndingSessions(id: string, endingId: string, call: Call): Promise<void>;
  /**
   * Replaces the hash if it is still `from` (compare-and-swap); `voidSessions` raises `sessionEpoch` in the same
   * change. Returns the user after it, or undefined when another call was faster.
   */
  replacePasswordHash(
    id: string,
    change: { from: string; to: string; voidSessions: boolean },
    call: Call,
  ): Promise<StoredUser | undefined>;
  /**
   * Sets the hash, whatever it was, and raises `sessionEpoch`, if the user still is at this `epoch` and has exactly
   * this `email`; `provesEmail` sets `emailVerified` in the same change. Returns the user after it, or undefined when
   * the condition did not hold.
   */
  setPasswordHash(
    id: string,
    change: { to: string; epoch: number; email: string; provesEmail: boolean },
    call: Call,
  ): Promise<StoredUser | undefined>;
  /**
   * Replaces the email and sets `emailVerified`, if the user still is at this `epoch` and has exactly the email `from`.
   * Returns the user after it, or undefined when the condition did not hold.
   *
   * @throws AuthError EMAIL_TAKEN when it is another user's, compared by `emailKey`
   */
  replaceEmail(
    id: string,
    change: { from: string; to: string; epoch: number; verified: boolean },
    call: Call,
  ): Promise<StoredUser | undefined>;
  /** @throws AuthError USER_NOT_FOUND, LAST_ADMIN (as `setRoles`) */
  delete(id: string, call: Call): Promise<void>;
}
