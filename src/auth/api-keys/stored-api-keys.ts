import type { StoredUser } from '../accounts/users';
import type { Call } from '../call';

/** An API key as it is stored: never its text, of its secret only the digest. */
export interface StoredApiKey {
  /** A UUID of version 8; see `newApiKeyId`. */
  readonly id: string;
  /** The owner. */
  readonly userId: string;
  readonly name: string;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
  readonly roles: readonly string[];
  /** Where it may be used from; empty: from everywhere. */
  readonly allowedCidrs: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Right to a minute; null: never. */
  readonly lastUsedAt: Date | null;
  /** From when on it is revoked; in the future while a rotated key lives on beside its successor. */
  readonly revokedAt: Date | null;
}

/** A key and its owner, read at one moment; without an owner when that user has been deleted. */
export interface OwnedApiKey {
  readonly key: StoredApiKey;
  readonly owner: StoredUser | undefined;
}

/** How long a key that has ended stays listed, in ms. */
export const ENDED_KEY_RETENTION_MS = 30 * 86_400_000;

/** When a key ends, or has ended, in ms since the epoch. */
export function findApiKeyEnd({ expiresAt, revokedAt }: Pick<StoredApiKey, 'expiresAt' | 'revokedAt'>): number {
  return Math.min(expiresAt.getTime(), revokedAt?.getTime() ?? Number.POSITIVE_INFINITY);
}

export interface ApiKeyLimits {
  /** How many other live keys the owner may have. */
  readonly atMost: number;
  /** The key that this one is the successor of, which does not count. */
  readonly replaces?: string;
  /** How many keys of the owner stay listed; of more, the oldest that have ended go at once. */
  readonly keep: number;
}

/**
 * The API keys. Availability, deadlines and durability as for `Users`. A key is live while `expiresAt` is in the future
 * and `revokedAt` is null. Keys go by themselves ENDED_KEY_RETENTION_MS after they have ended.
 */
export interface StoredApiKeys {
  /**
   * Inserts a key unless its owner has `atMost` other live keys; the engine enforces it, also when many are inserted in
   * parallel. A key that is revoked already counts for nothing.
   *
   * @throws AuthError API_KEY_LIMIT
   */
  insert(key: StoredApiKey, limits: ApiKeyLimits, call: Call): Promise<void>;
  find(id: string, call: Call): Promise<StoredApiKey | undefined>;
  /** The key and its owner in one read: both as they were at one moment, and seeing every acknowledged write. */
  findOwned(id: string, call: Call): Promise<OwnedApiKey | undefined>;
  /** The keys of an owner, ended ones too as long as they are kept, in the order of ids. */
  list(
    query: { readonly userId: string; readonly after: string | undefined; readonly limit: number },
    call: Call,
  ): Promise<StoredApiKey[]>;
  /**
   * Sets `revokedAt`, unless it is earlier already. Returns the key after it, or undefined when there is none (of
   * `userId`, where that is given). Repeated without harm.
   */
  revoke(
    id: string,
    revocation: { readonly at: Date; readonly userId?: string },
    call: Call,
  ): Promise<StoredApiKey | undefined>;
  /** Raises `lastUsedAt` of many keys at once; an unknown id is ignored. */
  recordUses(uses: readonly ApiKeyUse[], call: Call): Promise<void>;
  /** Takes away all keys of a deleted user. */
  deleteAll(userId: string, call: Call): Promise<void>;
}

export interface ApiKeyUse {
  readonly id: string;
  readonly at: Date;
}
