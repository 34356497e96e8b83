import type { ServerHttp2Session } from 'node:http2';
import { systemClock } from '../../auth/clock';
import { endFlood } from './end-flood';

export interface FrameAllowance {
  /** At once. */
  readonly burst: number;
  readonly perSecond: number;
  /** For each call: clients measure the way to the server by a PING when an answer comes (gRPC's BDP probing). */
  readonly perCall: number;
}

/** Far more than any client of gRPC sends, and at 6 us each not worth sending for an attacker. */
const ALLOWANCE: FrameAllowance = { burst: 1_000, perSecond: 20, perCall: 4 };

/**
 * Ends a connection that goes on sending PING or SETTINGS frames, each of which has to be answered. nghttp2 does so
 * only when they come faster than the answers leave.
 */
export class FrameGuard {
  #tokens: number;
  #refilledAt = systemClock.monotonic();
  // Counted one by one: clients may leave numbers of streams out, and so would earn what they never paid for.
  #calls = 0;

  /** @param onFlood called once, before the connection is closed */
  constructor(
    private readonly session: ServerHttp2Session,
    private readonly onFlood: () => void,
    private readonly allowance = ALLOWANCE,
  ) {
    this.#tokens = allowance.burst;
    const takeToken = (): void => this.#takeToken();
    session.on('ping', takeToken);
    session.on('remoteSettings', takeToken);
  }

  /** A call has begun. */
  countCall(): void {
    this.#calls += 1;
  }

  #takeToken(): void {
    // Below zero it has ended the connection already.
    if (this.session.destroyed || this.#tokens < 0) return;
    if (this.#tokens < 1) this.#refill();
    this.#tokens -= 1;
    if (this.#tokens >= 0) return;
    this.onFlood();
    endFlood(this.session, 'too_many_pings');
  }

  #refill(): void {
    const now = systemClock.monotonic();
    const { burst, perSecond, perCall } = this.allowance;
    const added = ((now - this.#refilledAt) / 1000) * perSecond + this.#calls * perCall;
    this.#tokens = Math.min(this.#tokens + added, burst);
    this.#refilledAt = now;
    this.#calls = 0;
  }
}
