import { constants, type ServerHttp2Session } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { ConnectionTimes } from './connection-times';

const AGE_JITTER = 0.1;

/** Holds a connection to its times: keepalive, idleness and age. */
export class ConnectionTimers {
  readonly #timers: NodeJS.Timeout[] = [];
  #streams = 0;
  #idleSince = performance.now();
  #idleTimer: NodeJS.Timeout | undefined = undefined;
  #pongTimer: NodeJS.Timeout | undefined = undefined;

  /** @param graceMs for calls that run when the connection is to end */
  constructor(
    private readonly session: ServerHttp2Session,
    private readonly times: ConnectionTimes,
    private readonly graceMs: number,
  ) {
    const ageMs = times.ageMs * (1 - AGE_JITTER + 2 * AGE_JITTER * Math.random());
    this.#timers.push(
      setInterval(() => this.#ping(), times.keepaliveMs).unref(),
      setTimeout(() => this.retire(), ageMs).unref(),
    );
    this.#watchIdleness(times.idleMs);
    session.once('close', () => this.#clear());
  }

  streamOpened(): void {
    this.#streams += 1;
  }

  streamClosed(): void {
    this.#streams -= 1;
    if (this.#streams === 0) this.#idleSince = performance.now();
  }

  /** Takes no new calls, lets running ones finish, and ends the connection after the grace. */
  retire(): void {
    if (this.session.closed || this.session.destroyed) return;
    this.session.close();
    this.#timers.push(setTimeout(() => this.session.destroy(), this.graceMs).unref());
  }

  #ping(): void {
    if (this.#pongTimer !== undefined || this.session.destroyed) return;
    this.#pongTimer = setTimeout(
      () => this.session.destroy(undefined, constants.NGHTTP2_NO_ERROR),
      this.times.keepaliveTimeoutMs,
    ).unref();
    this.session.ping(() => {
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
    });
  }

  /** One timer, armed again for what is left: calls only note the time. */
  #watchIdleness(inMs: number): void {
    this.#idleTimer = setTimeout(() => {
      const leftMs = this.#streams > 0 ? this.times.idleMs : this.#idleSince + this.times.idleMs - performance.now();
      if (leftMs > 0) this.#watchIdleness(Math.max(leftMs, 1));
      else this.retire();
    }, inMs).unref();
  }

  #clear(): void {
    for (const timer of [...this.#timers, this.#idleTimer, this.#pongTimer]) clearTimeout(timer);
  }
}
