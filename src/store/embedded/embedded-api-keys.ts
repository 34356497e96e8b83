import {
  type ApiKeyLimits,
  type ApiKeyUse,
  ENDED_KEY_RETENTION_MS,
  findApiKeyEnd,
  type OwnedApiKey,
  type StoredApiKey,
  type StoredApiKeys,
} from '../../auth/api-keys/stored-api-keys';
import type { Call } from '../../auth/call';
import { AuthError } from '../../auth/errors';
import type { Engine } from './engine/engine';
import { EXPIRING, noteExpiry } from './engine/expiries';
import { groupKey, pairKey, startingWith, textKey } from './engine/keys';
import type { Tables } from './engine/tables';

export class EmbeddedApiKeys implements StoredApiKeys {
  constructor(private readonly engine: Engine) {}

  insert(key: StoredApiKey, { atMost, replaces, keep }: ApiKeyLimits, call: Call): Promise<void> {
    const id = textKey(key.id);
    return this.engine.write(call, (tables) => {
      if (tables.apiKeys.doesExist(id)) throw new Error('An API key with this id exists');
      const at = key.createdAt.getTime();
      const theirs = listKeys(tables, key.userId);
      const others = theirs.filter((one) => one.id !== replaces && isLiveAt(one, at));
      if (isLiveAt(key, at) && others.length > atMost) throw new AuthError('API_KEY_LIMIT');
      tables.apiKeys.put(id, key);
      tables.apiKeysByUser.put(pairKey(key.userId, key.id), true);
      noteExpiry(tables, EXPIRING.apiKey, id, removableAt(key));
      const beyond = theirs.slice(0, Math.max(0, theirs.length + 1 - keep));
      for (const one of beyond) if (findApiKeyEnd(one) <= at) removeApiKey(tables, one);
    });
  }

  find(id: string, call: Call): Promise<StoredApiKey | undefined> {
    return this.engine.read(call, (tables) => tables.apiKeys.get(textKey(id)));
  }

  findOwned(id: string, call: Call): Promise<OwnedApiKey | undefined> {
    return this.engine.read(call, (tables) => {
      const key = tables.apiKeys.get(textKey(id));
      return key && { key, owner: tables.users.get(textKey(key.userId)) };
    });
  }

  list(
    query: { readonly userId: string; readonly after: string | undefined; readonly limit: number },
    call: Call,
  ): Promise<StoredApiKey[]> {
    const { userId, after, limit } = query;
    return this.engine.read(call, (tables) => listKeys(tables, userId, { after, limit }));
  }

  revoke(
    id: string,
    { at, userId }: { readonly at: Date; readonly userId?: string },
    call: Call,
  ): Promise<StoredApiKey | undefined> {
    return this.engine.write(call, (tables) => {
      const key = tables.apiKeys.get(textKey(id));
      if (key === undefined || (userId !== undefined && key.userId !== userId)) return undefined;
      if (key.revokedAt !== null && key.revokedAt <= at) return key;
      const revoked = { ...key, revokedAt: at };
      tables.apiKeys.put(textKey(id), revoked);
      noteExpiry(tables, EXPIRING.apiKey, textKey(id), removableAt(revoked));
      return revoked;
    });
  }

  recordUses(uses: readonly ApiKeyUse[], call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      for (const { id, at } of uses) {
        const key = tables.apiKeys.get(textKey(id));
        if (key === undefined || (key.lastUsedAt !== null && key.lastUsedAt >= at)) continue;
        tables.apiKeys.put(textKey(id), { ...key, lastUsedAt: at });
      }
    });
  }

  deleteAll(userId: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      for (const key of listKeys(tables, userId)) removeApiKey(tables, key);
    });
  }
}

/** When a key has been ended for long enough, in ms since the epoch. */
export function removableAt(key: StoredApiKey): number {
  return findApiKeyEnd(key) + ENDED_KEY_RETENTION_MS;
}

/** Removes a key and what leads to it. */
export function removeApiKey(tables: Tables, { id, userId }: StoredApiKey): void {
  tables.apiKeys.remove(textKey(id));
  tables.apiKeysByUser.remove(pairKey(userId, id));
}

function isLiveAt({ expiresAt, revokedAt }: StoredApiKey, at: number): boolean {
  return revokedAt === null && expiresAt.getTime() > at;
}

function listKeys(
  tables: Tables,
  userId: string,
  page: { readonly after: string | undefined; readonly limit?: number } = { after: undefined },
): StoredApiKey[] {
  const { after, limit } = page;
  const group = groupKey(userId);
  const range = {
    ...startingWith(group),
    ...(after !== undefined && { start: pairKey(userId, after), exclusiveStart: true }),
    ...(limit !== undefined && { limit }),
  };
  const keys: StoredApiKey[] = [];
  for (const path of tables.apiKeysByUser.getKeys(range)) {
    const key = tables.apiKeys.get(path.subarray(group.length));
    if (key !== undefined) keys.push(key);
  }
  return keys;
}
