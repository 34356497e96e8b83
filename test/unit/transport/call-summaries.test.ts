import type { Logger } from 'pino';
import { createLogger } from '../../../src/observability/logger';
import { CANCELLED, OK } from '../../../src/transport/errors/status';
import { callLog, type LoggedCall } from '../../../src/transport/pipeline/call-log';
import { CallSummaries } from '../../../src/transport/pipeline/call-summaries';
import { testCall } from '../../support/domain/call';

const VALIDATE = '/postern.auth.v1.AuthService/Validate';

function aLog(level = 'info'): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { log: createLogger({ level, format: 'json', destination }), lines };
}

function theCall(): LoggedCall {
  return Object.assign(testCall(), { first: () => '' });
}

describe('the log of calls', () => {
  it.each([
    VALIDATE,
    '/postern.auth.v1.AuthService/CheckRole',
    '/postern.auth.v1.AuthService/BatchValidate',
  ])('sums successes of %s up in one line', (method) => {
    const { log, lines } = aLog();
    const summaries = new CallSummaries(log, 60_000);
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
    callLog(log, undefined, new CallSummaries(log, 60_000))(VALIDATE, theCall(), { code: 0, message: 'OK' }, 1);
    expect(lines).toEqual([]);
  });

  it('gives errors of Validate and successes of Login a line each', () => {
    const { log, lines } = aLog();
    const logCall = callLog(log, undefined, new CallSummaries(log, 60_000));
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
      callLog(log, undefined, new CallSummaries(log, everyMs))(VALIDATE, theCall(), OK, 1);
      expect(lines).toMatchObject([{ method: VALIDATE, status: 'OK' }]);
    }
  });

  it('tells the hook of a summed-up call too', () => {
    const heard: string[] = [];
    const { log } = aLog();
    const summaries = new CallSummaries(log, 60_000);
    callLog(log, (method, code) => heard.push(`${method} ${code}`), summaries)(VALIDATE, theCall(), OK, 1);
    summaries.flush();
    expect(heard).toEqual([`${VALIDATE} OK`]);
  });
});
