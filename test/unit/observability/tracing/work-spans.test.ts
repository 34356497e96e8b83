import { createCleanupCall } from '../../../../src/auth/call';
import { systemClock } from '../../../../src/auth/clock';
import { AuthError, CallEndedError } from '../../../../src/auth/errors';
import type { StorePorts } from '../../../../src/auth/store-ports';
import type { RunQueued } from '../../../../src/observability/tracing/tracing';
import { tracedHashing, tracedStore } from '../../../../src/observability/tracing/work-spans';
import { testCall } from '../../../support/domain/call';
import { headedCall, recordedSpans } from './recorded-spans';

/** A call under way, and a store of which every method does `work`. */
function underWay(work: () => Promise<unknown> = async () => 'done') {
  const recorded = recordedSpans();
  const call = headedCall();
  recorded.calls.begin(call, '/a.B/C', 'grpc');
  const port = new Proxy({}, { get: () => work });
  const names = ['users', 'sessions', 'loginFailures', 'revocationFeed', 'auditLog', 'signingKeys', 'apiKeys'];
  const ports = Object.fromEntries(
    [...names, 'mailOutbox', 'accountTokens', 'mailLimits'].map((name) => [name, port]),
  ) as unknown as StorePorts;
  const store = tracedStore({ kind: 'mongodb' as const, ...ports }, recorded.tracer, recorded.findParent);
  return { ...recorded, call, store, spanId: recorded.calls.findTraceIds(call)?.span_id };
}

describe('operations of the store', () => {
  test('have a span below that of their call, and bring what they bring', async () => {
    const { store, call, ended, spanId } = underWay();
    await expect(store.users.findById('id', call)).resolves.toBe('done');
    expect(ended()).toMatchObject([{ name: 'users.findById', parent: spanId, failed: false }]);
  });

  test('that tidy up after a call belong to it', async () => {
    const { store, call, ended, spanId } = underWay();
    await store.loginFailures.release('account', 'source', 0, createCleanupCall(call, systemClock));
    expect(ended()).toMatchObject([{ name: 'loginFailures.release', parent: spanId }]);
  });

  test('have none for a call that is not traced, nor without a call', async () => {
    const { store, ended } = underWay();
    await store.users.findById('id', testCall());
    await store.auditLog.append([]);
    await store.revocationFeed.follow({ onRecord() {}, onFresh() {}, onBroken() {} });
    expect(ended()).toEqual([]);
  });

  test.each([
    ['a rule of the store', new AuthError('EMAIL_TAKEN'), false, { 'postern.reason': 'EMAIL_TAKEN' }],
    ['a store out of reach', new AuthError('STORE_UNAVAILABLE'), true, { 'error.type': 'STORE_UNAVAILABLE' }],
    ['the end of the call', new CallEndedError(true), true, { 'error.type': 'CallEndedError' }],
    ['anything else', new TypeError('canary'), true, { 'error.type': 'TypeError' }],
  ])('ended by %s say so, without a message, and reject alike', async (_what, error, failed, attributes) => {
    const { store, call, ended } = underWay(() => Promise.reject(error));
    await expect(store.users.findById('id', call)).rejects.toBe(error);
    expect(ended()).toMatchObject([{ failed, attributes, message: undefined }]);
    expect(JSON.stringify(ended())).not.toContain('canary');
  });
});

describe('hashes', () => {
  type Job = () => Promise<string>;
  const runTogether =
    (others: number): RunQueued<Job, string> =>
    async (_call, job, { onStart }) => {
      onStart?.(others);
      return job();
    };
  const run = runTogether(0);

  test('show the wait in the queue, and then the hash', async () => {
    const { call, tracer, findParent, started, ended } = underWay();
    const hash = tracedHashing(run, tracer, findParent);
    await expect(hash(call, async () => 'hash', {})).resolves.toBe('hash');
    expect(started).toEqual(['a.B/C', 'password hash wait', 'password hash']);
    expect(ended()).toMatchObject([
      { name: 'password hash wait', attributes: {} },
      { name: 'password hash', attributes: {} },
    ]);
  });

  test('that ran in a batch say how many they were, and call their own hook', async () => {
    const { call, tracer, findParent, ended } = underWay();
    const onStart = jest.fn();
    await tracedHashing(runTogether(3), tracer, findParent)(call, async () => 'hash', { onStart });
    expect(ended().at(-1)).toMatchObject({ name: 'password hash', attributes: { 'postern.hashes_together': 4 } });
    expect(onStart).toHaveBeenCalledWith(3);
  });

  test.each([
    [new AuthError('OVERLOADED'), false, { 'postern.reason': 'OVERLOADED' }],
    [new CallEndedError(false), true, { 'error.type': 'CallEndedError' }],
  ])('that never had their turn have waited only: %s', async (error, failed, attributes) => {
    const { call, tracer, findParent, ended } = underWay();
    const refused: RunQueued<Job, string> = () => Promise.reject(error);
    await expect(tracedHashing(refused, tracer, findParent)(call, async () => 'hash', {})).rejects.toBe(error);
    expect(ended()).toMatchObject([{ name: 'password hash wait', failed, attributes }]);
  });

  test('that break have failed; the wait before them has not', async () => {
    const { call, tracer, findParent, ended } = underWay();
    const broken = new Error('A hashing thread ended');
    await expect(tracedHashing(run, tracer, findParent)(call, () => Promise.reject(broken), {})).rejects.toBe(broken);
    expect(ended().map(({ name, failed }) => [name, failed])).toEqual([
      ['password hash wait', false],
      ['password hash', true],
    ]);
  });

  test('of a call that is not traced have no span', async () => {
    const { tracer, findParent, ended } = underWay();
    await expect(tracedHashing(run, tracer, findParent)(testCall(), async () => 'hash', {})).resolves.toBe('hash');
    expect(ended()).toEqual([]);
  });
});
