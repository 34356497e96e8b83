import { status as Code } from '@grpc/grpc-js';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { headedCall, recordedSpans } from './recorded-spans';

const PATH = '/postern.auth.v1.AuthService/Login';

test.each(
  Object.keys(Code).filter((name) => /^[A-Z]/.test(name)),
)('%s is a failure where the server is at fault', (code) => {
  const { calls, ended } = recordedSpans();
  const call = headedCall();
  calls.begin(call, PATH, 'grpc');
  calls.end(call, PATH, 'grpc', { code }, 1);
  const [span] = ended();
  const faults = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'];
  expect([span?.failed, span?.attributes['error.type']]).toEqual(
    faults.includes(code) ? [true, code] : [false, undefined],
  );
});

test('a call that was refused before it could begin has a span of the same length', () => {
  const { calls, ended } = recordedSpans();
  const before = Date.now();
  calls.end(headedCall(), PATH, 'grpc', { code: 'RESOURCE_EXHAUSTED' }, 250);
  const [span] = ended();
  expect(span?.startedAt).toBeGreaterThanOrEqual(before - 250.01);
  expect(span?.startedAt).toBeLessThanOrEqual(Date.now() - 249);
});

test('a request whose answer throws has failed, and says nothing of the error', () => {
  const { calls, ended } = recordedSpans();
  const answer = () => {
    throw new Error('canary');
  };
  expect(() => calls.request(headedCall(), 'GET', '/verify', answer)).toThrow('canary');
  expect(ended()).toMatchObject([{ name: 'GET /verify', failed: true, attributes: { 'error.type': '500' } }]);
  expect(JSON.stringify(ended())).not.toContain('canary');
});

test('a 503 of a gateway is a failure, a 403 is none', () => {
  const { calls, ended } = recordedSpans();
  for (const status of [503, 403]) calls.request(headedCall(), 'GET', '/verify', () => ({ status, outcome: 'x' }));
  expect(ended().map(({ failed }) => failed)).toEqual([true, false]);
});

test('a call that is not sampled still has ids for the log, those of its caller', () => {
  const { calls, ended, findParent } = recordedSpans(new AlwaysOffSampler());
  const traceId = 'c'.repeat(32);
  const call = headedCall({ traceparent: `00-${traceId}-${'d'.repeat(16)}-01` });
  calls.begin(call, PATH, 'grpc');
  calls.end(call, PATH, 'grpc', { code: 'OK' }, 1);
  expect(calls.findTraceIds(call)).toMatchObject({ trace_id: traceId });
  expect(findParent(call)).toBeUndefined();
  expect(ended()).toEqual([]);
});
