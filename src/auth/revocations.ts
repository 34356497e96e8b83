import type { Call } from './call';
import { AuthError } from './errors';
import type { AccessClaims, Clock, RevocationFeed, RevocationListener } from './ports';
import type { ChangedUser, Revocation } from './revocation-record';

export interface RevocationSettings {
  /** How long a record can matter: the lifetime of an access token and some slack, in ms. */
  readonly windowMs: number;
  /** REVOCATION_STALENESS_SECONDS, in ms. */
  readonly stalenessMs: number;
}

type UserState = Pick<ChangedUser, 'version' | 'state' | 'roles' | 'at'>;

/**
 * All revocations that can still matter, in memory, so that Validate reads no store. Fed by the feed, and by this process's own
 * changes before they are acknowledged.
 */
export class Revocations implements RevocationListener {
  /** Session id -> when its record may be forgotten. Insertion order is nearly the order of time. */
  readonly #sessions = new Map<string, number>();
  readonly #users = new Map<string, UserState>();
  readonly #observers = new Set<(record: Revocation) => void>();
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
   * The roles in force for a verified token.
   *
   * @throws AuthError USER_INACTIVE, TOKEN_REVOKED; STORE_UNAVAILABLE when the feed has not been followed for too long
   */
  check(claims: AccessClaims): readonly string[] {
    if (this.isStale()) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    const user = this.#users.get(claims.userId);
    if (user?.state === 'disabled') throw new AuthError('USER_INACTIVE');
    if (user?.state === 'deleted' || this.#sessions.has(claims.sessionId)) throw new AuthError('TOKEN_REVOKED');
    return user?.roles ?? claims.roles;
  }

  isStale(): boolean {
    return this.clock.now() - this.#freshAt > this.settings.stalenessMs;
  }

  /** How long ago this process was last known to have seen everything, in ms. */
  lagMs(): number {
    return Math.max(0, this.clock.now() - this.#freshAt);
  }

  /** How many records are held. */
  get size(): number {
    return this.#sessions.size + this.#users.size;
  }

  /** Calls back for every record that is new to this process, until the returned function is called. */
  observe(observer: (record: Revocation) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  onRecord(record: Revocation): void {
    const isNews = record.kind === 'user' ? this.#applyUser(record) : this.#applySessions(record.sessionIds, record.at);
    if (isNews) for (const observer of this.#observers) observer(record);
  }

  onFresh(at: number): void {
    if (at > this.#freshAt) this.#freshAt = at;
    this.#forget();
  }

  onBroken(): void {}

  #applyUser(record: ChangedUser): boolean {
    const known = this.#users.get(record.userId);
    if (known !== undefined && known.version >= record.version) return false;
    this.#users.delete(record.userId);
    const { version, state, roles, at } = record;
    this.#users.set(record.userId, { version, state, roles, at });
    return true;
  }

  #applySessions(sessionIds: readonly string[], at: number): boolean {
    let isNews = false;
    for (const sessionId of sessionIds) {
      if (this.#sessions.has(sessionId)) continue;
      this.#sessions.set(sessionId, at + this.settings.windowMs);
      isNews = true;
    }
    return isNews;
  }

  #forget(): void {
    const now = this.clock.now();
    for (const [sessionId, until] of this.#sessions) {
      if (until > now) break;
      this.#sessions.delete(sessionId);
    }
    for (const [userId, { at }] of this.#users) {
      if (at + this.settings.windowMs > now) break;
      this.#users.delete(userId);
    }
  }
}
