import {
  ACCOUNT_TOKEN_PURPOSES,
  ENDED_TOKEN_RETENTION_MS,
  type StoredAccountToken,
  type StoredAccountTokens,
} from '../../auth/account-tokens/stored-account-tokens';
import type { Call } from '../../auth/call';
import type { Engine } from './engine/engine';
import { EXPIRING, noteExpiry } from './engine/expiries';
import { pairKey, textKey } from './engine/keys';
import type { AccountTokenRow, Tables } from './engine/tables';

export class EmbeddedAccountTokens implements StoredAccountTokens {
  constructor(private readonly engine: Engine) {}

  issue(token: StoredAccountToken, call: Call): Promise<'issued' | 'renewed' | 'superseded'> {
    const key = pairKey(token.userId, token.purpose);
    return this.engine.write(call, (tables) => {
      const row = tables.accountTokens.get(key);
      if (row !== undefined && !mayFollow(row, token)) return 'superseded';
      put(tables, key, row, { ...token });
      tables.accountTokensByHash.put(textKey(token.tokenHash), { userId: token.userId, purpose: token.purpose });
      return row?.id === token.id ? 'renewed' : 'issued';
    });
  }

  find(tokenHash: string, call: Call): Promise<StoredAccountToken | undefined> {
    return this.engine.read(call, (tables) => findByHash(tables, tokenHash)?.token);
  }

  consume(tokenHash: string, at: Date, call: Call): Promise<StoredAccountToken | undefined> {
    return this.engine.write(call, (tables) => {
      const found = findByHash(tables, tokenHash);
      if (found === undefined || found.token.expiresAt <= at) return undefined;
      const { key, token } = found;
      put(tables, key, token, { id: token.id, expiresAt: token.expiresAt, tokenHash: null });
      return token;
    });
  }

  voidAll(userId: string, asOf: string, at: Date, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      for (const purpose of ACCOUNT_TOKEN_PURPOSES) {
        const key = pairKey(userId, purpose);
        const row = tables.accountTokens.get(key);
        const id = row !== undefined && row.id > asOf ? row.id : asOf;
        const expiresAt = row !== undefined && row.expiresAt > at ? row.expiresAt : at;
        put(tables, key, row, { id, expiresAt, tokenHash: null });
      }
    });
  }

  deleteAll(userId: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      for (const purpose of ACCOUNT_TOKEN_PURPOSES) {
        const key = pairKey(userId, purpose);
        const row = tables.accountTokens.get(key);
        if (row !== undefined) removeAccountToken(tables, key, row);
      }
    });
  }
}

/** When nothing needs to be known of a token any more, in ms since the epoch. */
export function removableTokenAt({ expiresAt }: AccountTokenRow): number {
  return expiresAt.getTime() + ENDED_TOKEN_RETENTION_MS;
}

/** Removes a row and what leads to it. */
export function removeAccountToken(tables: Tables, key: Buffer, { tokenHash }: AccountTokenRow): void {
  tables.accountTokens.remove(key);
  if (tokenHash !== null) tables.accountTokensByHash.remove(textKey(tokenHash));
}

function mayFollow(row: AccountTokenRow, token: StoredAccountToken): boolean {
  if (row.id !== token.id) return row.id < token.id;
  return row.tokenHash !== null && row.epoch === token.epoch;
}

function put(tables: Tables, key: Buffer, before: AccountTokenRow | undefined, row: AccountTokenRow): void {
  if (before !== undefined && before.tokenHash !== null) tables.accountTokensByHash.remove(textKey(before.tokenHash));
  tables.accountTokens.put(key, row);
  noteExpiry(tables, EXPIRING.accountToken, key, removableTokenAt(row));
}

function findByHash(tables: Tables, tokenHash: string): { key: Buffer; token: StoredAccountToken } | undefined {
  const path = tables.accountTokensByHash.get(textKey(tokenHash));
  if (path === undefined) return undefined;
  const key = pairKey(path.userId, path.purpose);
  const token = tables.accountTokens.get(key);
  return token === undefined || token.tokenHash !== tokenHash ? undefined : { key, token };
}
