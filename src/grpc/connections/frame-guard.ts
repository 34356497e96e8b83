import type { ServerHttp2Session } from 'node:http2';
import { performance } from 'node:perf_hooks';
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
 * only when they come faster than the answers leave. @param onFlood called once, before the connection is closed
 */
export function guardFrames(session: ServerHttp2Session, onFlood: () => void, allowance = ALLOWANCE): void {
  let left = allowance.burst;
  let filledAt = performance.now();
  // Counted one by one: clients may leave numbers of streams out, and so would earn what they never paid for.
  let calls = 0;
  const refill = (): void => {
    const now = performance.now();
    left += ((now - filledAt) / 1000) * allowance.perSecond + calls * allowance.perCall;
    left = Math.min(left, allowance.burst);
    filledAt = now;
    calls = 0;
  };
  const take = (): void => {
    if (session.destroyed) return;
    if (left < 1) refill();
    left -= 1;
    if (left >= 0) return;
    session.off('ping', take);
    session.off('remoteSettings', take);
    session.off('stream', earn);
    onFlood();
    endFlood(session, 'too_many_pings');
  };
  const earn = (): void => {
    calls += 1;
  };
  session.on('stream', earn);
  session.on('ping', take);
  session.on('remoteSettings', take);
}
