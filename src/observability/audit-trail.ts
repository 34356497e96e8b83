import type { Logger } from 'pino';
import {
  type AuditEvent,
  type AuditEventType,
  REPEATABLE_EVENTS,
  REPETITION_WINDOW_MS,
  type ReportedEvent,
} from '../auth/audit/audit-event';
import type { AuditLog } from '../auth/audit/audit-log';
import type { Events } from '../auth/audit/events';
import type { Clock } from '../auth/clock';
import type { EventIds } from '../auth/ids';

/** How many events may wait for the store before the oldest are dropped. */
const MAX_WAITING = 10_000;
const BATCH = 500;
/** An event waits at most about this long before it is written: what a crash can lose. */
const FLUSH_MS = 250;
const RETRY_MS = 1_000;
/** To how many events repetitions are added at once; beyond it a repetition of the oldest is a new event. */
const MAX_OPEN = 10_000;

/** What a holder of an account or a key can bring about with any request, from as many addresses as they have. */
const LIMITED: ReadonlySet<AuditEventType> = new Set(['role.denied', 'api_key.refused']);

/** Limits how many events of one type and user are taken. A positive answer says that this one is not. */
export interface EventLimiter {
  take(typeAndUser: string): number;
}

/** The source that an address belongs to: who holds one address of an IPv6 network holds all of them. */
export type FindSource = (ipAddress: string) => string;

/**
 * Takes events of authentication without ever waiting: a log line at once, the durable audit log in batches behind the
 * call's back. A crash loses at most the last 250 ms and what the store refused to take; an overflow drops the oldest
 * and says so. What is repeatable is, of one kind, account and source, one event for ten minutes, with a count, the
 * first and the last time, and the address of the first; refusals of unknown names are, beyond what `limiter` allows a
 * source, one event of the source without the names. `limiter` also limits the log lines and new events of LIMITED
 * types of one user; repetitions are counted all the same, and the next log line says how many had none
 * (`passed_over`).
 */
export class AuditTrail implements Events {
  /** By id, the oldest first. */
  #waiting = new Map<string, AuditEvent>();
  /** The events that repetitions are added to, by what makes them one; the one that began first is first. */
  readonly #open = new Map<string, AuditEvent>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #dropped = 0;
  /** How many events of a type were not logged since the last that was. */
  readonly #passedOver = new Map<AuditEventType, number>();

  constructor(
    private readonly auditLog: AuditLog,
    private readonly log: Logger,
    private readonly clock: Clock,
    private readonly ids: EventIds,
    private readonly limiter: EventLimiter,
    private readonly findSource: FindSource,
    private readonly onEvent?: (type: AuditEventType) => void,
  ) {}

  record(event: ReportedEvent): void {
    this.onEvent?.(event.type);
    const isLimited = LIMITED.has(event.type) && this.limiter.take(`${event.type} ${event.userId}`) > 0;
    if (isLimited) this.#passedOver.set(event.type, (this.#passedOver.get(event.type) ?? 0) + 1);
    else this.#log(event);
    const whole = REPEATABLE_EVENTS.has(event.type) ? this.#count(event, isLimited) : this.#newEvent(event);
    if (whole === undefined) return;
    this.#waiting.set(whole.id, whole);
    if (this.#waiting.size > MAX_WAITING) {
      const [oldest = ''] = this.#waiting.keys();
      this.#waiting.delete(oldest);
      this.#dropped += 1;
    }
    this.#schedule(FLUSH_MS);
  }

  #newEvent(event: ReportedEvent): AuditEvent {
    const now = this.clock.now();
    const time = new Date(now);
    return { count: 1, ...event, id: this.ids.at(now), occurredAt: time, lastOccurredAt: time };
  }

  /** The event that this one repeats, with one more, or a new one; undefined where that is one too many. */
  #count(reported: ReportedEvent, isLimited: boolean): AuditEvent | undefined {
    const { type, userId, loginDigest, actorId, ipAddress, reason } = reported;
    const source = this.findSource(ipAddress);
    const key = JSON.stringify([type, userId, loginDigest, actorId, source, reason]);
    const known = this.#open.get(key);
    const isNew = known === undefined || !this.#isOpen(known);
    if (isNew && loginDigest !== '' && this.limiter.take(`${type} ${source}`) > 0) {
      return this.#count({ ...reported, loginDigest: '' }, isLimited);
    }
    if (!isNew) {
      const event = { ...known, count: known.count + 1, lastOccurredAt: new Date(this.clock.now()) };
      this.#open.set(key, event);
      return event;
    }
    if (isLimited) return undefined;
    const event = this.#newEvent(reported);
    this.#open.delete(key);
    this.#open.set(key, event);
    if (this.#open.size > MAX_OPEN) {
      const [oldest = ''] = this.#open.keys();
      this.#open.delete(oldest);
    }
    return event;
  }

  /** A clock that was set back begins a new event, so that the times of an event are in order. */
  #isOpen({ occurredAt, lastOccurredAt }: AuditEvent): boolean {
    const now = this.clock.now();
    return now >= lastOccurredAt.getTime() && now < occurredAt.getTime() + REPETITION_WINDOW_MS;
  }

  #log({ type, userId, loginDigest, actorId, ipAddress, requestId, reason, count }: ReportedEvent): void {
    const passedOver = this.#passedOver.get(type);
    this.#passedOver.delete(type);
    const about = {
      event: type,
      user_id: userId || undefined,
      login_digest: loginDigest || undefined,
      actor_id: actorId || undefined,
      ip_address: ipAddress || undefined,
      request_id: requestId || undefined,
      reason: reason || undefined,
      count,
      passed_over: passedOver,
    };
    this.log.info(about, type);
  }

  /** Resolves when everything recorded before has been written, or could not be. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#drain();
    if (this.#waiting.size > 0) this.#schedule(RETRY_MS);
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    if (this.#waiting.size > 0) this.log.error({ lost: this.#waiting.size }, 'Audit events could not be written');
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#drain().finally(() => {
        this.#writing = undefined;
        if (this.#waiting.size > 0) this.#schedule(RETRY_MS);
      });
    }, delayMs);
    this.#timer.unref();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0 && (await this.#writeBatch()));
  }

  async #writeBatch(): Promise<boolean> {
    const batch = [...this.#waiting.values()].slice(0, BATCH);
    for (const { id } of batch) this.#waiting.delete(id);
    try {
      await this.auditLog.append(batch);
      if (this.#dropped > 0)
        this.log.error({ dropped: this.#dropped }, 'Audit events were dropped: the store was too slow');
      this.#dropped = 0;
      return true;
    } catch (cause) {
      // In front again, unless they have been repeated meanwhile and wait anyway.
      const again = batch.filter(({ id }) => !this.#waiting.has(id));
      this.#waiting = new Map([...again.map((event) => [event.id, event] as const), ...this.#waiting]);
      this.log.warn({ err: cause, waiting: this.#waiting.size }, 'Audit events wait for the store');
      return false;
    }
  }
}
