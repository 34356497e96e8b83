import type { RevocationEvent } from '../../auth/revocation/revocations';
import type { Watch, WatchEvent } from '../../auth/revocation/watch-revocations';
import { WatchRevocationsResponse } from '../../gen/postern/auth/v1/auth_service';
import type { Handler } from '../../transport/methods/method';
import { frameMessage } from '../../transport/wire/message-reader';

const HEARTBEAT_MS = 1_000;
/** Of two clocks that are read in whole ms. */
const ROUNDING_MS = 3;
/**
 * The watchers get their heartbeats in so many groups, spread over HEARTBEAT_MS. Many small ones cost more CPU: each
 * begins cold.
 */
const HEARTBEAT_GROUPS = 4;
/** How many watchers are sent something before other calls are answered. */
const SENT_AT_ONCE = 50;

/** The handler of WatchRevocations: opens the view; what is sent from then on is the hub's and the call's business. */
export type WatchHandler = Handler<{ readonly resumeToken: string }, Watch>;

/** A stream that gets a heartbeat. */
export interface Watcher {
  sendHeartbeat(): void;
  /** Sends what waits. */
  flush(): void;
  /** The service stops. */
  close(): void;
}

/**
 * What all watchers share: one timer for the heartbeats, and each message encoded once, however many there are.
 * Messages have their prefix.
 */
export class WatchHub {
  readonly #groups = Array.from({ length: HEARTBEAT_GROUPS }, () => new Set<Watcher>());
  readonly #groupByWatcher = new Map<Watcher, Set<Watcher>>();
  readonly #encoded = new WeakMap<RevocationEvent, Buffer>();
  /** Watchers that have something new to send. */
  #pending: Watcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  /** The one of those that are sent now. */
  #heartbeat: Buffer | undefined;
  #freshAt = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#groupByWatcher.size;
  }

  add(watcher: Watcher): void {
    const group = this.#groups.reduce((least, each) => (each.size < least.size ? each : least));
    group.add(watcher);
    this.#groupByWatcher.set(watcher, group);
    this.#timer ??= setInterval(() => this.#tick(), HEARTBEAT_MS / HEARTBEAT_GROUPS).unref();
  }

  remove(watcher: Watcher): void {
    this.#groupByWatcher.get(watcher)?.delete(watcher);
    this.#groupByWatcher.delete(watcher);
    if (this.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends every stream. */
  close(): void {
    for (const watcher of [...this.#groupByWatcher.keys()]) watcher.close();
  }

  /** Has the watcher send what waits, in a later iteration of the event loop and some watchers at a time. */
  schedule(watcher: Watcher): void {
    this.#pending.push(watcher);
    if (this.#pending.length === 1) setImmediate(() => this.#flushSome());
  }

  /** Something new, with the resume token of now. */
  encodedEvent(event: RevocationEvent, watch: Watch): Buffer {
    let framed = this.#encoded.get(event);
    if (framed === undefined) {
      framed = eventBytes(event, watch.resumeToken());
      this.#encoded.set(event, framed);
    }
    return framed;
  }

  heartbeat(watch: Watch): Buffer {
    if (this.#heartbeat === undefined) {
      const heartbeat = { freshAt: new Date(this.#steady(Math.floor(watch.freshAt()))) };
      this.#heartbeat = encode({ event: { $case: 'heartbeat', heartbeat }, resumeToken: watch.resumeToken() });
    }
    return this.#heartbeat;
  }

  /**
   * What stands still is the difference of two clocks that are read apart, and would seem to go back by a ms now and
   * then: a watcher takes that for a clock that was set back, which moves it by more.
   */
  #steady(freshAt: number): number {
    const isRounding = freshAt < this.#freshAt && freshAt >= this.#freshAt - ROUNDING_MS;
    if (!isRounding) this.#freshAt = freshAt;
    return this.#freshAt;
  }

  #tick(): void {
    const group = this.#groups[this.#ticks % HEARTBEAT_GROUPS] as Set<Watcher>;
    this.#ticks += 1;
    this.#sendHeartbeats(group, [...group], 0);
  }

  #sendHeartbeats(group: ReadonlySet<Watcher>, watchers: readonly Watcher[], from: number): void {
    this.#heartbeat = undefined;
    const to = from + SENT_AT_ONCE;
    if (to < watchers.length) setImmediate(() => this.#sendHeartbeats(group, watchers, to));
    // Some may have gone meanwhile.
    for (const watcher of watchers.slice(from, to)) if (group.has(watcher)) watcher.sendHeartbeat();
  }

  #flushSome(): void {
    const watchers = this.#pending.splice(0, SENT_AT_ONCE);
    if (this.#pending.length > 0) setImmediate(() => this.#flushSome());
    for (const watcher of watchers) watcher.flush();
  }
}

/** One event as a message of the stream, with its prefix. */
export function eventBytes(event: WatchEvent, resumeToken: string): Buffer {
  return encode({ event: toEvent(event), resumeToken });
}

function toEvent(event: WatchEvent): NonNullable<WatchRevocationsResponse['event']> {
  if ('caughtUp' in event) return { $case: 'caughtUp', caughtUp: {} };
  if ('roles' in event) {
    const { userId, roles, at } = event;
    return { $case: 'roleChange', roleChange: { userId, roles: [...roles], changedAt: new Date(at) } };
  }
  const { at, reason } = event;
  const target =
    'sessionId' in event
      ? ({ $case: 'sessionId', sessionId: event.sessionId } as const)
      : ({ $case: 'userId', userId: event.userId } as const);
  return { $case: 'revocation', revocation: { target, revokedAt: new Date(at), reason } };
}

function encode(message: WatchRevocationsResponse): Buffer {
  return frameMessage(WatchRevocationsResponse.encode(message).finish());
}
