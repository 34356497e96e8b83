import { randomUUID } from 'node:crypto';
import type { BatchValidateResponse } from '../src/gen/postern/auth/v1/auth_service';
import { Batcher } from '../src/remote/batcher';
import { SteppedClock } from './support/stepped-clock';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function accepted(token: string): BatchValidateResponse['results'][number] {
  const [userId, sessionId] = [randomUUID(), randomUUID()];
  const rest = { roles: [], kind: 1, apiKeyId: '', anonymous: false, anonymousReason: '' };
  const times = { issuedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };
  return { outcome: { $case: 'principal', principal: { userId, username: token, sessionId, ...rest, ...times } } };
}

/** Answers every token after a moment, and keeps what it was asked. */
function start(answer = (token: string) => accepted(token), maxTokens = 10_000) {
  const calls: (readonly string[])[] = [];
  const running = { now: 0, most: 0 };
  const batcher = new Batcher(
    async (tokens) => {
      calls.push(tokens);
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      await pause(5);
      running.now -= 1;
      return { results: tokens.map(answer) };
    },
    { timeoutMs: 1_000, maxTokens },
  );
  return { batcher, calls, running };
}

test('64 callers with as many tokens are one call, and 64 callers with one token ask for it once', async () => {
  const { batcher, calls } = start();
  const names = Array.from({ length: 64 }, (_, n) => `token-${n}`);
  const answers = await Promise.all(names.map((name) => batcher.ask(name)));
  expect(answers.map((answer) => answer.ok && answer.principal.username)).toEqual(names);
  expect(calls.map(({ length }) => length)).toEqual([64]);
  await Promise.all(names.map(() => batcher.ask('same')));
  expect(calls.map(({ length }) => length)).toEqual([64, 1]);
  await batcher.ask('same');
  expect(batcher.calls).toBe(3);
});

describe('While a call is under way', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A batcher whose calls end when the test says so, and a time that goes by when it says so. */
  function startManually() {
    const calls: { readonly tokens: readonly string[]; readonly end: () => void }[] = [];
    const clock = new SteppedClock();
    const batchValidate = (tokens: readonly string[]): Promise<BatchValidateResponse> =>
      new Promise((resolve) => {
        calls.push({ tokens, end: () => resolve({ results: tokens.map(accepted) }) });
      });
    const batcher = new Batcher(batchValidate, { timeoutMs: 1_000, maxTokens: 10_000 }, clock);
    const pass = async (ms: number): Promise<void> => {
      clock.pass(ms);
      await jest.advanceTimersByTimeAsync(ms);
    };
    return { batcher, calls, pass };
  }

  test('64 callers who come one after the other are asked about in one more call', async () => {
    const { batcher, calls, pass } = startManually();
    const answers = [batcher.ask('t0')];
    await pass(1);
    for (let n = 1; n < 64; n += 1) {
      answers.push(batcher.ask(`t${n}`));
      await pass(1 / 16);
    }
    calls[0]?.end();
    await pass(0);
    expect(calls.map(({ tokens }) => tokens.length)).toEqual([1, 63]);
    calls[1]?.end();
    expect((await Promise.all(answers)).every(({ ok }) => ok)).toBe(true);
  });

  test('callers wait 5 ms at most for a call that hangs, and 1 ms from the end of one', async () => {
    const { batcher, calls, pass } = startManually();
    batcher.ask('hangs');
    await pass(1);
    batcher.ask('waits');
    await pass(4);
    expect(calls.length).toBe(1);
    await pass(1);
    expect(calls.length).toBe(2);
    batcher.ask('late');
    for (const { end } of calls) end();
    await pass(0);
    expect(calls.length).toBe(2);
    await pass(1);
    expect(calls.map(({ tokens }) => tokens)).toEqual([['hangs'], ['waits'], ['late']]);
  });

  test('a token whose call hangs for 200 ms is asked about anew, since it may have been revoked meanwhile', async () => {
    const { batcher, calls, pass } = startManually();
    const first = batcher.ask('token');
    await pass(199);
    expect(batcher.ask('token')).toBe(first);
    await pass(1);
    const second = batcher.ask('token');
    await pass(5);
    calls[0]?.end();
    await first;
    expect(batcher.ask('token')).toBe(second);
    expect(calls.map(({ tokens }) => tokens)).toEqual([['token'], ['token']]);
  });
});

test('A call has at most 100 tokens and 100 KiB, and at most 16 calls run at once', async () => {
  const { batcher, calls, running } = start();
  await Promise.all(Array.from({ length: 250 }, (_, n) => batcher.ask(`t${n}`)));
  expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
  calls.length = 0;
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => batcher.ask(`${n}`.padEnd(4_096, 'é'))));
  expect(answers.every(({ ok }) => ok)).toBe(true);
  for (const tokens of calls) expect(Buffer.byteLength(tokens.join(''))).toBeLessThanOrEqual(100 * 1024);
  calls.length = 0;
  await Promise.all(Array.from({ length: 2_000 }, (_, n) => batcher.ask(`u${n}`)));
  expect(calls.length).toBe(20);
  expect(running.most).toBe(16);
});

test('A call that fails, or answers another question, is UNAVAILABLE for each of its tokens, and the next is asked anew', async () => {
  const replies: BatchValidateResponse[] = [{ results: [] }, { results: [{ outcome: undefined }] }];
  const halfTold = accepted('x').outcome;
  if (halfTold?.$case === 'principal')
    replies.push({
      results: [{ outcome: { ...halfTold, principal: { ...halfTold.principal, expiresAt: undefined } } }],
    });
  if (halfTold?.$case === 'principal')
    replies.push({ results: [{ outcome: { ...halfTold, principal: { ...halfTold.principal, anonymous: true } } }] });
  const batcher = new Batcher(async () => replies.shift() ?? Promise.reject(new Error('away')), {
    timeoutMs: 1_000,
    maxTokens: 10,
  });
  for (let n = 0; n < 6; n += 1)
    expect(await batcher.ask('t')).toEqual({ ok: false, reason: 'UNAVAILABLE', via: 'remote' });
  expect(batcher.calls).toBe(6);
  expect(replies).toEqual([]);
});

test('The reason of a refusal is handed on; one that is not known here is a refusal too', async () => {
  const { batcher } = start((reason) => ({ outcome: { $case: 'error', error: { code: 16, reason, message: '' } } }));
  for (const reason of ['INVALID_TOKEN', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'USER_INACTIVE'])
    expect(await batcher.ask(reason)).toMatchObject({ ok: false, reason });
  for (const reason of ['', 'EMAIL_UNVERIFIED', 'UNAVAILABLE'])
    expect(await batcher.ask(reason)).toMatchObject({ ok: false, reason: 'INVALID_TOKEN' });
});

test('A refusal with another code than UNAUTHENTICATED says nothing of the token: UNAVAILABLE', async () => {
  const { batcher } = start((code) => ({
    outcome: { $case: 'error', error: { code: Number(code), reason: 'TOKEN_REVOKED', message: '' } },
  }));
  for (const code of ['0', '7', '14']) {
    expect(await batcher.ask(code)).toEqual({ ok: false, reason: 'UNAVAILABLE', via: 'remote' });
  }
  expect(await batcher.ask('16')).toMatchObject({ reason: 'TOKEN_REVOKED' });
});

test('Where too many wait, more are UNAVAILABLE at once', async () => {
  const { batcher } = start(undefined, 3);
  const asked = ['a', 'b', 'c'].map((token) => batcher.ask(token));
  expect(await batcher.ask('d')).toEqual({ ok: false, reason: 'UNAVAILABLE', via: 'remote' });
  expect(batcher.ask('c')).toBe(asked[2]);
  expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
  expect(await batcher.ask('d')).toMatchObject({ ok: true });
});
