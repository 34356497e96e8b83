import type { Logger } from 'pino';
import { createLogger } from '../../../src/observability/logger';
import { Code } from '../../../src/transport/errors/code';
import { CANCELLED, OK } from '../../../src/transport/errors/status';
import { callLog, type LoggedCall } from '../../../src/transport/pipeline/call-log';
import { CallSummaries } from '../../../src/transport/pipeline/call-summaries';
import { testCall } from '../../support/domain/call';
import { TestClock } from '../../support/domain/clock';

const VALIDATE = '/postern.auth.v1.AuthService/Validate';

function aLog(level = 'info'): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { log: createLogger({ level, format: 'json', destination }), lines };
}

function theCall(): LoggedCall {
  return Object.assign(testCall(), { first: () => '' });
}

// Lines are allowed by the second: a second that ends in the middle of a test would allow more of them.
const clock = new TestClock();

describe('the log of calls', () => {
  it.each([
    VALIDATE,
    '/postern.auth.v1.AuthService/CheckRole',
    '/postern.auth.v1.AuthService/BatchValidate',
  ])('sums successes of %s up in one line', (method) => {
    const { log, lines } = aLog();
    const summaries = new CallSummaries(log, 60_000, clock);
    const logCall = callLog(log, undefined, summaries);
    for (const durationMs of [1, 2, 6]) logCall(method, theCall(), OK, durationMs);
    expect(lines).toEqual([]);
    summaries.flush();
    expect(lines).toEqual([
      expect.objectContaining({ event: 'calls', method, status: 'OK', count: 3, mean_ms: 3, longest_ms: 6 }),
    ]);
    summaries.flush();
    expect(lines).toHaveLength(1);
  });

  it('sums them up whatever transport brought them, each of which has a status of its own', () => {
    const { log, lines } = aLog();
    callLog(log, undefined, new CallSummaries(log, 60_000, clock))(VALIDATE, theCall(), { code: 0, message: 'OK' }, 1);
    expect(lines).toEqual([]);
  });

  it('gives errors of Validate and successes of Login a line each', () => {
    const { log, lines } = aLog();
    const logCall = callLog(log, undefined, new CallSummaries(log, 60_000, clock));
    logCall(VALIDATE, theCall(), CANCELLED, 1);
    logCall('/postern.auth.v1.AuthService/Login', theCall(), OK, 1);
    expect(lines).toMatchObject([
      { method: VALIDATE, status: 'CANCELLED' },
      { method: '/postern.auth.v1.AuthService/Login', status: 'OK' },
    ]);
  });

  it('gives every call a line when the period is 0 and at level debug', () => {
    for (const [level, everyMs] of [
      ['info', 0],
      ['debug', 60_000],
    ] as const) {
      const { log, lines } = aLog(level);
      callLog(log, undefined, new CallSummaries(log, everyMs, clock))(VALIDATE, theCall(), OK, 1);
      expect(lines).toMatchObject([{ method: VALIDATE, status: 'OK' }]);
    }
  });

  it('gives 50 refusals of a method and reason a line in a second and sums up the others', () => {
    const { log, lines } = aLog();
    const summaries = new CallSummaries(log, 60_000, clock);
    const logCall = callLog(log, undefined, summaries);
    const limited = { code: Code.RESOURCE_EXHAUSTED, message: '', reason: 'RATE_LIMITED' } as const;
    for (let n = 0; n < 80; n += 1) logCall(VALIDATE, theCall(), limited, 2);
    logCall(VALIDATE, theCall(), { code: Code.UNAUTHENTICATED, message: '', reason: 'INVALID_TOKEN' }, 1);
    expect(lines.map((line) => line.reason)).toEqual([...Array(50).fill('RATE_LIMITED'), 'INVALID_TOKEN']);
    summaries.flush();
    const sum = { event: 'calls', method: VALIDATE, status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED', count: 30 };
    expect(lines.at(-1)).toMatchObject({ ...sum, mean_ms: 2, longest_ms: 2 });
    const before = lines.length;
    clock.advance(1000);
    logCall(VALIDATE, theCall(), limited, 1);
    expect(lines.slice(before)).toMatchObject([
      { msg: 'Validate: RESOURCE_EXHAUSTED, RATE_LIMITED', reason: 'RATE_LIMITED' },
    ]);
  });

  it('gives every refusal of other methods a line', () => {
    const { log, lines } = aLog();
    const logCall = callLog(log, undefined, new CallSummaries(log, 60_000, clock));
    const refused = { code: Code.UNAUTHENTICATED, message: '', reason: 'BAD_CREDENTIALS' } as const;
    for (let n = 0; n < 60; n += 1) logCall('/postern.auth.v1.AuthService/Login', theCall(), refused, 1);
    expect(lines).toHaveLength(60);
  });

  it('sums up what a gateway was refused, whose call is answered with OK', () => {
    const { log, lines } = aLog();
    const logCall = callLog(log, undefined, new CallSummaries(log, 60_000, clock));
    const call = Object.assign(theCall(), { denied: 'INVALID_TOKEN' as const });
    for (let n = 0; n < 60; n += 1) logCall('/envoy.service.auth.v3.Authorization/Check', call, OK, 1);
    expect(lines).toHaveLength(50);
  });

  it('say in their message how a call ended', () => {
    const { log, lines } = aLog();
    const summaries = new CallSummaries(log, 60_000, clock);
    const logCall = callLog(log, undefined, summaries);
    const refused = { code: Code.UNAUTHENTICATED, message: '', reason: 'INVALID_TOKEN', fault: 'issuer' } as const;
    logCall('/postern.auth.v1.AuthService/Login', theCall(), OK, 1);
    logCall(VALIDATE, theCall(), refused, 1);
    for (let n = 0; n < 2; n += 1) logCall(VALIDATE, theCall(), OK, 1);
    summaries.flush();
    expect(lines.map(({ msg }) => msg)).toEqual([
      'Login: OK',
      'Validate: UNAUTHENTICATED, INVALID_TOKEN (issuer)',
      'Validate: OK: 2 calls',
    ]);
  });

  it('keeps what was wrong with a credential apart where refusals are summed up', () => {
    const { log, lines } = aLog();
    const summaries = new CallSummaries(log, 60_000, clock);
    const logCall = callLog(log, undefined, summaries);
    const refused = { code: Code.UNAUTHENTICATED, message: '', reason: 'INVALID_TOKEN' } as const;
    const denied = Object.assign(theCall(), { denied: 'INVALID_TOKEN' as const, fault: 'issuer' as const });
    for (let n = 0; n < 60; n += 1) {
      logCall(VALIDATE, theCall(), { ...refused, fault: 'signature' }, 1);
      logCall(VALIDATE, theCall(), { ...refused, fault: 'scheme' }, 1);
      logCall('/envoy.service.auth.v3.Authorization/Check', denied, OK, 1);
    }
    expect(lines.map(({ fault }) => fault)).toEqual(Array(50).fill(['signature', 'scheme', 'issuer']).flat());
    summaries.flush();
    expect(lines.slice(150)).toMatchObject([
      { event: 'calls', reason: 'INVALID_TOKEN', fault: 'signature', count: 10 },
      { event: 'calls', reason: 'INVALID_TOKEN', fault: 'scheme', count: 10 },
      { event: 'calls', reason: 'INVALID_TOKEN', fault: 'issuer', count: 10 },
    ]);
  });

  it('calls the hook for a summed-up call too', () => {
    const heard: string[] = [];
    const { log } = aLog();
    const summaries = new CallSummaries(log, 60_000, clock);
    callLog(log, (method, code) => heard.push(`${method} ${code}`), summaries)(VALIDATE, theCall(), OK, 1);
    summaries.flush();
    expect(heard).toEqual([`${VALIDATE} OK`]);
  });
});
