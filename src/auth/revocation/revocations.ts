import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { AccessClaims, VerifiedToken } from '../tokens/access-tokens';
import type { Principal } from '../tokens/principal';
import { ShardVersions } from './revocation-check';
import type { RevocationFeed, RevocationListener } from './revocation-feed';
import type { ChangedUser, EndedSessions, Revocation } from './revocation-record';

export interface RevocationSettings {
  /** How long a record can matter: the lifetime of an access token and some slack, in ms. */
  readonly windowMs: number;
  /** REVOCATION_STALENESS_SECONDS, in ms. */
  readonly stalenessMs: number;
}

export type EndedSession = Pick<EndedSessions, 'at' | 'reason'>;
type UserState = Pick<ChangedUser, 'version' | 'state' | 'roles' | 'at'>;
/** When it was heard of, by `Clock.monotonic`: by the time of the event a clock set forward would make it forgotten too early. */
type Heard = { readonly heardAt: number };

/** One thing to refuse, as a program that verifies tokens elsewhere needs it. */
export type RevocationNotice =
  | { readonly sessionId: string; readonly at: number; readonly reason: string }
  | { readonly userId: string; readonly at: number; readonly reason: string };

/**
 * All revocations that can still matter, in memory, so that Validate reads no store. Fed by the feed, and by this
 * process's own changes before they are acknowledged.
 */
export class Revocations implements RevocationListener {
  // Maps keep the order of insertion, which is the order of hearing: eviction looks at the front only.
  readonly #sessions = new Map<string, EndedSession & Heard>();
  readonly #users = new Map<string, UserState & Heard>();
  readonly #shards = new ShardVersions();
  readonly #observers = new Set<(notice: RevocationNotice) => void>();
  #freshAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly feed: RevocationFeed,
    private readonly clock: Clock,
    private readonly settings: RevocationSettings,
  ) {}

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

  #findRoles({ userId, sessionId, roles }: AccessClaims): readonly string[] {
    const user = this.#users.get(userId);
    if (user?.state === 'disabled') throw new AuthError('USER_INACTIVE', { userId });
    if (user?.state === 'deleted' || this.#sessions.has(sessionId)) throw new AuthError('TOKEN_REVOKED', { userId });
    return user?.roles ?? roles;
  }

  /** When and why a session ended, if that still matters and has been heard of here. */
  findSessionEnd(sessionId: string): EndedSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Whether this process has been out of touch with the feed for longer than it may go on. */
  isStale(): boolean {
    return this.lagMs() > this.settings.stalenessMs;
  }

  /** How long ago this process was last known to have seen everything, in ms. */
  lagMs(): number {
    return Math.max(0, this.clock.monotonic() - this.#freshAt);
  }

  /** How many records are held. */
  get size(): number {
    return this.#sessions.size + this.#users.size;
  }

  /** Everything held that happened at `from` (ms since the epoch) or later. */
  *since(from: number): Generator<RevocationNotice> {
    for (const [sessionId, { at, reason }] of this.#sessions) if (at >= from) yield { sessionId, at, reason };
    for (const [userId, user] of this.#users) {
      const notice = userNotice(userId, user);
      if (notice !== undefined && notice.at >= from) yield notice;
    }
  }

  /** Calls back for everything that is new to this process, until the returned function is called. */
  observe(observer: (notice: RevocationNotice) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  onRecord(record: Revocation): void {
    if (record.kind === 'user') this.#applyUser(record);
    else for (const sessionId of record.sessionIds) this.#applySession(sessionId, record);
  }

  onFresh(at: number): void {
    if (at > this.#freshAt) this.#freshAt = at;
    this.#evictExpired();
  }

  onBroken(): void {}

  #applyUser(record: ChangedUser): void {
    const known = this.#users.get(record.userId);
    if (known !== undefined && known.version >= record.version) return;
    const { version, state, roles, at } = record;
    const user = { version, state, roles, at, heardAt: this.clock.monotonic() };
    this.#users.delete(record.userId);
    this.#users.set(record.userId, user);
    this.#shards.invalidate(record.userId);
    const notice = userNotice(record.userId, user);
    if (notice !== undefined) this.#notify(notice);
  }

  #applySession(sessionId: string, { at, reason }: EndedSession): void {
    if (this.#sessions.has(sessionId)) return;
    this.#sessions.set(sessionId, { at, reason, heardAt: this.clock.monotonic() });
    this.#shards.invalidate(sessionId);
    this.#notify({ sessionId, at, reason });
  }

  #notify(notice: RevocationNotice): void {
    for (const observer of this.#observers) observer(notice);
  }

  #evictExpired(): void {
    const bound = this.clock.monotonic() - this.settings.windowMs;
    evictBefore(this.#sessions, bound);
    evictBefore(this.#users, bound);
  }
}

function evictBefore(records: Map<string, Heard>, bound: number): void {
  for (const [id, { heardAt }] of records) {
    if (heardAt > bound) return;
    records.delete(id);
  }
}

function userNotice(userId: string, { state, at }: UserState): RevocationNotice | undefined {
  return state === 'active' ? undefined : { userId, at, reason: `user_${state}` };
}
