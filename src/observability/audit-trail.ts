import type { Logger } from 'pino';
import type { AuditEvent, AuditEventType } from '../auth/audit/audit-event';
import type { AuditLog } from '../auth/audit/audit-log';
import type { Events } from '../auth/audit/events';
import type { Clock } from '../auth/clock';
import type { Ids } from '../auth/ids';

/** How many events may wait for the store before the oldest are dropped. */
const MAX_WAITING = 10_000;
const BATCH = 500;
/** An event waits at most about this long before it is written: what a crash can lose. */
const FLUSH_MS = 250;
const RETRY_MS = 1_000;

/** Limits how many events of one user are taken. A positive answer says that this one is not. */
export interface EventLimiter {
  take(userId: string): number;
}

/**
 * Takes events of authentication without ever waiting: a log line at once, the durable audit log in batches behind the
 * call's back. A crash loses at most the last 250 ms and what the store refused to take; an overflow drops the oldest
 * and says so. `denials` limits the `role.denied` of one user; the log line of the next one taken tells how many were
 * not.
 */
export class AuditTrail implements Events {
  readonly #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #dropped = 0;
  #passedOver = 0;

  constructor(
    private readonly auditLog: AuditLog,
    private readonly log: Logger,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly denials: EventLimiter,
    private readonly onEvent?: (type: AuditEventType) => void,
  ) {}

  record(event: Omit<AuditEvent, 'id' | 'occurredAt'>): void {
    this.onEvent?.(event.type);
    if (event.type === 'role.denied' && this.denials.take(event.userId) > 0) {
      this.#passedOver += 1;
      return;
    }
    const whole: AuditEvent = { ...event, id: this.ids.next(), occurredAt: new Date(this.clock.now()) };
    const { type, userId, actorId, ipAddress, requestId, reason } = whole;
    const about = {
      event: type,
      user_id: userId,
      actor_id: actorId,
      ip_address: ipAddress,
      request_id: requestId,
      reason,
    };
    this.log.info({ ...about, ...this.#takePassedOver(type) }, type);
    this.#waiting.push(whole);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#schedule(FLUSH_MS);
  }

  /** Resolves when everything recorded before has been written, or could not be. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#drain();
    if (this.#waiting.length > 0) this.#schedule(RETRY_MS);
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.log.error({ lost: this.#waiting.length }, 'Audit events could not be written');
  }

  #takePassedOver(type: AuditEventType): { passed_over?: number } {
    if (type !== 'role.denied' || this.#passedOver === 0) return {};
    const passedOver = this.#passedOver;
    this.#passedOver = 0;
    return { passed_over: passedOver };
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#drain().finally(() => {
        this.#writing = undefined;
        if (this.#waiting.length > 0) this.#schedule(RETRY_MS);
      });
    }, delayMs);
    this.#timer.unref();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 && (await this.#writeBatch()));
  }

  async #writeBatch(): Promise<boolean> {
    const batch = this.#waiting.splice(0, BATCH);
    try {
      await this.auditLog.append(batch);
      if (this.#dropped > 0)
        this.log.error({ dropped: this.#dropped }, 'Audit events were dropped: the store was too slow');
      this.#dropped = 0;
      return true;
    } catch (cause) {
      this.#waiting.unshift(...batch);
      this.log.warn({ err: cause, waiting: this.#waiting.length }, 'Audit events wait for the store');
      return false;
    }
  }
}
