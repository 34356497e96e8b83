import type { Principal } from '../tokens/principal';

/**
 * Of a shard of ids, from the first check that is kept until something about one of them changes. Compared by identity:
 * none comes back.
 */
type Version = object;

/**
 * The last check of a token against the revocations, kept beside its claims: the principal that was found, and under
 * which versions of the two shards that it depends on. The usual Validate compares these two and looks into no table
 * that is too large for the nearest caches.
 */
export class RevocationCheck {
  sessionShard = 0;
  userShard = 0;
  sessionVersion: Version | undefined = undefined;
  userVersion: Version | undefined = undefined;
  principal: Principal | undefined = undefined;
}

/** A change makes one of two thousand tokens look again: each has two ids. */
const SHARDS = 4096;

/** Ids are sharded, so that a change invalidates the checks of few tokens. */
export class ShardVersions {
  /** None where no check has been kept since the last change: a start that loads the window makes none for each id. */
  readonly #versions: (Version | undefined)[] = new Array<undefined>(SHARDS).fill(undefined);

  /** Something about this session or user has changed. */
  invalidate(id: string): void {
    this.#versions[findShard(id)] = undefined;
  }

  /** The principal that was found, unless something about its session or user has changed since. */
  findCurrent({ sessionShard, userShard, sessionVersion, userVersion, principal }: RevocationCheck) {
    const isCurrent = this.#versions[sessionShard] === sessionVersion && this.#versions[userShard] === userVersion;
    return isCurrent ? principal : undefined;
  }

  /** Keeps what has just been found. */
  store(check: RevocationCheck, principal: Principal): void {
    check.sessionShard = findShard(principal.sessionId);
    check.userShard = findShard(principal.userId);
    check.sessionVersion = this.#versions[check.sessionShard] ??= {};
    check.userVersion = this.#versions[check.userShard] ??= {};
    check.principal = principal;
  }
}

/**
 * By the last three digits of a UUID, which are random in version 4 as in version 7 (RFC 9562); any other text has a
 * shard too. No text is made of the digits: a start does this with every id of the window.
 */
function findShard(id: string): number {
  const end = id.length;
  return ((digit(id, end - 3) << 8) | (digit(id, end - 2) << 4) | digit(id, end - 1)) & (SHARDS - 1);
}

/** The value of a hexadecimal digit; some number for anything else. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : (code & 0x0f) + 9;
}
