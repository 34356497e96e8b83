import type { Call } from '../../../src/auth/call';
import { systemClock } from '../../../src/auth/clock';

/** A call that arrived just now and has ten seconds. */
export function testCall(overrides: Partial<Call> = {}): Call {
  const arrivedAt = overrides.arrivedAt ?? Date.now();
  return {
    requestId: 'test-request',
    ipAddress: '192.0.2.7',
    source: '192.0.2.7',
    userAgent: 'test-agent/1',
    bearer: '',
    arrivedAt,
    deadline: (overrides.arrivedAt ?? systemClock.monotonic()) + 10_000,
    cancelled: false,
    signal: new AbortController().signal,
    ...overrides,
  };
}
