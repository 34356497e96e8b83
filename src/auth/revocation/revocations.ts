import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { AccessClaims, VerifiedToken } from '../tokens/access-tokens';
import type { Principal } from '../tokens/principal';
import { FeedFreshness } from './feed-freshness';
import { evictBefore, type Received } from './received-records';
import { type RevocationCheck, ShardVersions } from './revocation-check';
import type { RevocationFeed, RevocationListener } from './revocation-feed';
import type { ChangedUser, EndedSessions, Revocation } from './revocation-record';

export interface RevocationSettings {
  /** How long a record can matter: the lifetime of an access token and some slack, in ms. */
  readonly windowMs: number;
  /** REVOCATION_STALENESS_SECONDS, in ms. */
  readonly maxStalenessMs: number;
}

export type EndedSession = Pick<EndedSessions, 'at' | 'reason'>;
type UserState = Pick<ChangedUser, 'version' | 'state' | 'roles' | 'at'>;

/** One thing that has changed, as a program that verifies tokens elsewhere needs it. */
export type RevocationEvent =
  | { readonly sessionId: string; readonly at: number; readonly reason: string }
  | { readonly userId: string; readonly at: number; readonly reason: string }
  | { readonly userId: string; readonly at: number; readonly roles: readonly string[] };

/**
 * All revocations that can still matter, in memory, so that Validate reads no store. Fed by the feed, and by this
 * process's own changes before they are acknowledged.
 */
export class Revocations implements RevocationListener {
  // In the order of receipt.
  readonly #sessions = new Map<string, EndedSession & Received>();
  readonly #users = new Map<string, UserState & Received>();
  readonly #shards = new ShardVersions();
  readonly #observers = new Set<(event: RevocationEvent) => void>();
  /** Ids of API keys that end in the future. */
  readonly #ending = new Map<string, EndedSession>();
  readonly #freshness: FeedFreshness;
  /** The most by which the wall clock was ahead of the monotonic one; it is less when it has been set back. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly feed: RevocationFeed,
    private readonly clock: Clock,
    private readonly settings: RevocationSettings,
  ) {
    this.#freshness = new FeedFreshness(clock, settings.windowMs / 2);
  }

  /** Appends to the feed, then applies here; when it resolves every later `check` of this process knows. */
  async publish(records: readonly Revocation[], call: Call): Promise<void> {
    if (records.length === 0) return;
    await this.feed.append(records, call);
    for (const record of records) this.onRecord(record);
  }

  /**
   * The principal of a verified token, with the roles in force now: the same object until one of its roles, its session
   * or its user changes. The tables are looked into only when something in the shards of its session or its user has
   * changed since the last check.
   *
   * @throws AuthError USER_INACTIVE, TOKEN_REVOKED; STORE_UNAVAILABLE when the feed has not been followed for too long
   */
  check({ claims, check }: VerifiedToken): Principal {
    if (this.isStale()) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    const current = this.#shards.findCurrent(check);
    if (current !== undefined) return current;
    const roles = this.#findRoles(claims);
    const known = check.principal ?? claims;
    const principal = known.roles === roles ? known : { ...claims, roles };
    this.#shards.store(check, principal);
    return principal;
  }

  #findRoles({ userId, sessionId, roles, apiKeyId }: AccessClaims): readonly string[] {
    const user = this.#users.get(userId);
    if (user?.state === 'disabled') throw new AuthError('USER_INACTIVE', { userId });
    if (user?.state === 'deleted' || this.#sessions.has(sessionId)) throw new AuthError('TOKEN_REVOKED', { userId });
    if (user === undefined) return roles;
    // A token that was exchanged for an API key may have fewer roles than the key's owner.
    return apiKeyId === '' ? user.roles : roles.filter((role) => user.roles.includes(role));
  }

  /** Whether no record has come since `keep` about the user and the session (or key) of what was kept in `check`. */
  isCurrent(check: RevocationCheck): boolean {
    return this.#shards.findCurrent(check) !== undefined;
  }

  /** All records until now about the user and the session (or key) of this principal have been looked at. */
  keep(check: RevocationCheck, principal: Principal): void {
    this.#shards.store(check, principal);
  }

  /** What a user has become, if that still matters and has been received here. */
  findUserState(userId: string): UserState | undefined {
    return this.#users.get(userId);
  }

  /** When and why a session or an API key ended, if that still matters and has been received here. */
  findSessionEnd(sessionId: string): EndedSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Whether this process has been out of touch with the feed for longer than it may go on. */
  isStale(): boolean {
    return this.stalenessMs() > this.settings.maxStalenessMs;
  }

  /** How long ago this process was last known to have seen everything, in ms. */
  stalenessMs(): number {
    return this.#freshness.stalenessMs();
  }

  /** How many records are held. */
  get size(): number {
    return this.#sessions.size + this.#users.size;
  }

  /**
   * Everything held that happened at `from` (ms since the epoch) or later, or that was received here since: what a slow
   * store took long to write, or a repeated call appended once more, happened before it could be received. `from` may
   * be of a clock that was set back meanwhile.
   */
  *since(from: number): Generator<RevocationEvent> {
    this.#noteClocks();
    const receivedFrom = from - this.#aheadMs;
    for (const [sessionId, { at, reason, receivedAt }] of this.#sessions) {
      if (at >= from || receivedAt >= receivedFrom) yield { sessionId, at, reason };
    }
    for (const [userId, user] of this.#users) {
      if (user.at >= from || user.receivedAt >= receivedFrom) yield userEvent(userId, user);
    }
  }

  /** Calls back for everything that is new to this process, until the returned function is called. */
  observe(observer: (event: RevocationEvent) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  onRecord(record: Revocation): void {
    if (record.kind === 'user') this.#applyUser(record);
    else this.#applySessions(record.sessionIds, record);
  }

  /** Calls back when this process was out of touch for so long that it may have missed something for good. */
  observeGaps(observer: () => void): void {
    this.#freshness.observeGaps(observer);
  }

  onFresh(at: number): void {
    this.#freshness.confirm(at);
    this.#noteClocks();
    this.#applyDue();
    this.#evictExpired();
  }

  onBroken(): void {}

  #noteClocks(): void {
    this.#aheadMs = Math.max(this.#aheadMs, this.clock.now() - this.clock.monotonic());
  }

  #applyUser(record: ChangedUser): void {
    const known = this.#users.get(record.userId);
    if (known !== undefined && known.version >= record.version) return;
    const { version, state, roles, at } = record;
    const user = { version, state, roles, at, receivedAt: this.clock.monotonic() };
    this.#users.delete(record.userId);
    this.#users.set(record.userId, user);
    this.#shards.invalidate(record.userId);
    this.#notify(userEvent(record.userId, user));
  }

  /** What ends later is kept until then, and looked for whenever the feed is in touch: several times a second. */
  #applyDue(): void {
    const now = this.clock.now();
    for (const [sessionId, end] of this.#ending) if (end.at <= now) this.#applySessions([sessionId], end);
  }

  #applySessions(sessionIds: readonly string[], { at, reason }: EndedSession): void {
    // One object for all sessions of a record: of a thousand that ended together, most of the memory.
    const end = { at, reason, receivedAt: this.clock.monotonic() };
    // Nothing else waits: another replica's clock may be ahead of this one.
    const isWaiting = reason === 'api_key_rotated' && at > this.clock.now();
    for (const sessionId of sessionIds) {
      if (this.#sessions.has(sessionId)) continue;
      if (isWaiting) this.#applyLater(sessionId, end);
      else this.#applySession(sessionId, end);
    }
  }

  #applyLater(sessionId: string, end: EndedSession): void {
    const known = this.#ending.get(sessionId);
    if (known === undefined || end.at < known.at) this.#ending.set(sessionId, end);
  }

  #applySession(sessionId: string, end: EndedSession & Received): void {
    this.#ending.delete(sessionId);
    this.#sessions.set(sessionId, end);
    this.#shards.invalidate(sessionId);
    if (this.#observers.size > 0) this.#notify({ sessionId, at: end.at, reason: end.reason });
  }

  #notify(event: RevocationEvent): void {
    for (const observer of this.#observers) observer(event);
  }

  #evictExpired(): void {
    const bound = this.clock.monotonic() - this.settings.windowMs;
    evictBefore(this.#sessions, bound);
    evictBefore(this.#users, bound);
  }
}

function userEvent(userId: string, { state, roles, at }: UserState): RevocationEvent {
  return state === 'active' ? { userId, at, roles } : { userId, at, reason: `user_${state}` };
}
