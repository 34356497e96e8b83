import type { Principal } from '../tokens/principal';

/**
 * Of a shard of ids; replaced as soon as something about one of them changes. Compared by identity: none comes back.
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
  readonly #versions: Version[] = Array.from({ length: SHARDS }, () => ({}));

  /** Something about this session or user has changed. */
  invalidate(id: string): void {
    this.#versions[findShard(id)] = {};
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
    check.sessionVersion = this.#versions[check.sessionShard];
    check.userVersion = this.#versions[check.userShard];
    check.principal = principal;
  }
}

/** The last digits of a UUID are random, of version 4 as of version 7 (RFC 9562). Any other text has a shard too. */
function findShard(id: string): number {
  return Number.parseInt(id.slice(-3), 16) & (SHARDS - 1);
}
