import { constants, type ServerHttp2Session } from 'node:http2';
import { systemClock } from '../../auth/clock';
import type { ConnectionTimes } from './connection-times';

const AGE_JITTER = 0.1;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Holds a connection to its times: keepalive, idleness and age. By one timer, armed for what is due next: there may be
 * 20,000 connections.
 */
export class ConnectionTimers {
  #timer: NodeJS.Timeout | undefined = undefined;
  #streams = 0;
  #idleSince: number;
  #pingAt: number;
  /** When the answer to the last PING is due; NEVER: it has come. */
  #pongBy = NEVER;
  /** When the connection is to take no new calls; once it takes none, when it is to be ended. */
  #endAt: number;
  #isRetired = false;

  /** @param graceMs for calls that run when the connection is to end */
  constructor(
    private readonly session: ServerHttp2Session,
    private readonly times: ConnectionTimes,
    private readonly graceMs: number,
  ) {
    const now = systemClock.monotonic();
    this.#idleSince = now;
    this.#pingAt = now + times.keepaliveMs;
    this.#endAt = now + times.ageMs * (1 - AGE_JITTER + 2 * AGE_JITTER * Math.random());
    this.#arm(now);
    session.on('close', () => clearTimeout(this.#timer));
  }

  streamOpened(): void {
    this.#streams += 1;
  }

  /** Arms no timer: the one that is armed never comes later than the limit of a connection without calls. */
  streamClosed(): void {
    this.#streams -= 1;
    if (this.#streams === 0) this.#idleSince = systemClock.monotonic();
  }

  #arm(now: number): void {
    const dueAt = Math.min(this.#pongBy, this.#pingAt, this.#endAt, this.#idleUntil(now));
    // Node cuts off fractions of a millisecond, and would come too early.
    this.#timer = setTimeout(() => this.#onDue(), Math.max(Math.ceil(dueAt - now), 1)).unref();
  }

  #onDue(): void {
    if (this.session.destroyed) return;
    const now = systemClock.monotonic();
    if (now >= this.#pongBy || (this.#isRetired && now >= this.#endAt)) {
      this.session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      return;
    }
    if (!this.#isRetired && (now >= this.#endAt || now >= this.#idleUntil(now))) this.#retire(now);
    if (now >= this.#pingAt) this.#ping(now);
    if (!this.session.destroyed) this.#arm(now);
  }

  /** Until when the connection may be without a call. */
  #idleUntil(now: number): number {
    if (this.#isRetired) return NEVER;
    return (this.#streams > 0 ? now : this.#idleSince) + this.times.idleMs;
  }

  /** Takes no new calls, lets running ones finish, and ends the connection after the grace. */
  #retire(now: number): void {
    this.#isRetired = true;
    // One that takes no calls already is ended by its last call, or by the end of the drain.
    this.#endAt = this.session.closed ? NEVER : now + this.graceMs;
    if (!this.session.closed) this.session.close();
  }

  #ping(now: number): void {
    this.#pingAt = now + this.times.keepaliveMs;
    // While it waits for an answer it sends no other, nor when `retire` has just ended the session.
    if (this.#pongBy !== NEVER || this.session.destroyed) return;
    this.#pongBy = now + this.times.keepaliveTimeoutMs;
    this.session.ping(() => {
      this.#pongBy = NEVER;
    });
  }
}
