import type { Clock } from '../clock';
import { type Principal, withRoles } from '../principal';
import type { Reason } from '../reasons';

type UserState =
  | { readonly kind: 'active'; readonly roles: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: Reason };
type Received = { readonly receivedAt: number };

/** So much later than the replica that told us of a change may another one hear of it. */
const REPLICA_LAG_MS = 2_000;

/** What the feed says of a principal: who it is now, or why it is refused. */
export type Judgement = Principal | Reason;

/**
 * What WatchRevocations has told. A token is refused when its session was told of, or when the latest that was told of
 * its user is a revocation; a later change of roles lifts that. No times are compared: that is how the service judges.
 */
export class Revocations {
  // Maps keep the order of insertion, which is the order of receipt: eviction looks at the front only.
  readonly #sessions = new Map<string, Received>();
  readonly #users = new Map<string, UserState & Received>();
  #revision = 0;
  #clearedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param retentionMs how long a record can matter: the longest life of a token that is judged here, and some slack
   */
  constructor(
    private readonly clock: Clock,
    private readonly retentionMs: number,
  ) {}

  /** Another number whenever something was told. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#sessions.size + this.#users.size;
  }

  endSession(sessionId: string): void {
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, { receivedAt: this.clock.monotonic() });
    this.#revision += 1;
  }

  refuseUser(userId: string, why: string): void {
    this.#setUser(userId, { kind: 'refused', reason: why === 'user_disabled' ? 'USER_INACTIVE' : 'TOKEN_REVOKED' });
  }

  setRoles(userId: string, roles: readonly string[]): void {
    this.#setUser(userId, { kind: 'active', roles: Object.freeze([...roles]) });
  }

  /** The same object as long as the roles are the same. */
  judge(principal: Principal): Judgement {
    const user = this.#users.get(principal.userId);
    if (user?.kind === 'refused' && user.reason === 'USER_INACTIVE') return user.reason;
    if (user?.kind === 'refused' || this.#sessions.has(principal.sessionId)) return 'TOKEN_REVOKED';
    if (user === undefined) return principal;
    // A token that was exchanged for an API key may have fewer roles than the key's owner.
    const roles = principal.apiKeyId === '' ? user.roles : principal.roles.filter((role) => user.roles.includes(role));
    const isSame = roles.length === principal.roles.length && roles.every((role, at) => role === principal.roles[at]);
    return isSame ? principal : withRoles(principal, roles);
  }

  /** Whether a session or an API key was told of. */
  hasEnded(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** Whether anything may have been told of this session (or key) or user that a replica did not know at `askedAt`. */
  hasChangedSince({ sessionId, userId }: Principal, askedAt: number): boolean {
    if (askedAt <= this.#clearedAt) return true;
    const since = askedAt - REPLICA_LAG_MS;
    const isReceived = (record: Received | undefined): boolean => record !== undefined && record.receivedAt >= since;
    return isReceived(this.#sessions.get(sessionId)) || isReceived(this.#users.get(userId));
  }

  /** Forgets all: the feed is read from its beginning. */
  clear(): void {
    this.#sessions.clear();
    this.#users.clear();
    this.#clearedAt = this.clock.monotonic();
    this.#revision += 1;
  }

  evictExpired(): void {
    const bound = this.clock.monotonic() - this.retentionMs;
    evictBefore(this.#sessions, bound);
    evictBefore(this.#users, bound);
  }

  #setUser(userId: string, state: UserState): void {
    this.#users.delete(userId);
    this.#users.set(userId, { ...state, receivedAt: this.clock.monotonic() });
    this.#revision += 1;
  }
}

function evictBefore(records: Map<string, Received>, bound: number): void {
  for (const [id, { receivedAt }] of records) {
    if (receivedAt > bound) return;
    records.delete(id);
  }
}
