import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { signed } from '../../../test/contract/token-issuer';
import { Revocations } from '../src/feed/revocations';
import { KeySet } from '../src/keys/key-set';
import { LocalAnswers } from '../src/local-answers';
import { checkOptions } from '../src/options';
import { SteppedClock } from './support/stepped-clock';

const OPTIONS = checkOptions({ address: 'localhost:50051', apiKey: 'k', maxCachedTokens: 100 });

interface Pair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

function aPair(kid: string): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

const seconds = (clock: SteppedClock): number => Math.floor(clock.now() / 1000);

/** A verifier over keys and a feed that the test holds in its hands. */
async function start(...published: readonly Pair[]) {
  const clock = new SteppedClock();
  const state = { published, reads: 0, isGone: false, isFresh: true };
  const keySet = new KeySet(async () => {
    state.reads += 1;
    if (state.isGone) throw new Error('gone');
    return JSON.stringify({ keys: state.published.map(({ jwk }) => jwk) });
  }, clock);
  await keySet.refresh();
  const revocations = new Revocations(clock, 3_600_000);
  const local = new LocalAnswers(OPTIONS, keySet, revocations, clock, () => state.isFresh);
  const makeToken = ({ kid, privateKey }: Pair, claims: object = {}, header: object = {}): string => {
    const now = Math.floor(clock.now() / 1000);
    const payload = {
      iss: 'postern',
      aud: 'postern',
      client_id: 'postern',
      sub: randomUUID(),
      sid: randomUUID(),
      preferred_username: 'ada',
      roles: ['user'],
      iat: now,
      exp: now + 1_800,
      jti: randomUUID(),
      ...claims,
    };
    return signed({ alg: 'ES256', typ: 'at+jwt', kid, ...header }, payload, privateKey, 'ES256');
  };
  const answer = async (token: string): Promise<string> => {
    const found = local.recall(token) ?? (await local.verify(token));
    return found === undefined ? 'cannot tell' : found.ok ? 'accepted' : found.reason;
  };
  return { clock, state, local, revocations, makeToken, answer, keySet };
}

test('A new key under load is read once, and every token of it is accepted', async () => {
  const [a, b] = [aPair('a'), aPair('b')];
  const { clock, state, makeToken, answer } = await start(a);
  state.published = [a, b];
  clock.pass(30_000);
  const tokens = Array.from({ length: 200 }, (_, n) => makeToken(n % 2 === 0 ? a : b));
  expect(new Set(await Promise.all(tokens.map(answer)))).toEqual(new Set(['accepted']));
  expect(state.reads).toBe(2);
});

test('A flood of unknown keys reads the keys once in 5 s, and refuses by what was read', async () => {
  const [a, stranger] = [aPair('a'), aPair('x')];
  const { clock, state, makeToken, answer } = await start(a);
  for (let second = 0; second < 20; second += 1) {
    for (let n = 0; n < 10; n += 1)
      expect(await answer(makeToken({ ...stranger, kid: `x${n}` }))).toBe('INVALID_TOKEN');
    expect(await answer(makeToken(a))).toBe('accepted');
    clock.pass(1_000);
  }
  expect(state.reads).toBe(4);
});

test('Where the keys cannot be read, nobody is refused for one that is unknown', async () => {
  const [a, b] = [aPair('a'), aPair('b')];
  const { clock, state, makeToken, answer } = await start(a);
  state.isGone = true;
  clock.pass(30_000);
  expect(await answer(makeToken(b))).toBe('cannot tell');
  expect(await answer(makeToken(a))).toBe('accepted');
  state.isGone = false;
  state.published = [];
  clock.pass(30_000);
  expect(await answer(makeToken(b))).toBe('cannot tell');
  expect(await answer(makeToken(a))).toBe('cannot tell');
});

test('Tokens of a key that is not published any more are not answered from memory', async () => {
  const [a, b] = [aPair('a'), aPair('b')];
  const { clock, state, makeToken, answer, keySet } = await start(a, b);
  const token = makeToken(a);
  expect(await answer(token)).toBe('accepted');
  state.published = [b];
  clock.pass(60_000);
  await keySet.refresh();
  expect(await answer(token)).toBe('INVALID_TOKEN');
});

test('Nothing is answered while the feed is not fresh, also when that changes during a verification', async () => {
  const a = aPair('a');
  const { state, makeToken, answer } = await start(a);
  const [known, fresh] = [makeToken(a), makeToken(a)];
  expect(await answer(known)).toBe('accepted');
  const verifying = answer(fresh);
  state.isFresh = false;
  expect(await verifying).toBe('cannot tell');
  expect(await answer(known)).toBe('cannot tell');
});

test('A revocation that comes during a verification counts', async () => {
  const a = aPair('a');
  const { revocations, makeToken, answer } = await start(a);
  const sid = randomUUID();
  const verifying = answer(makeToken(a, { sid }));
  revocations.endSession(sid);
  expect(await verifying).toBe('TOKEN_REVOKED');
});

test('A token ends at its exp to the millisecond, cached or not, and nobody gets leeway', async () => {
  const a = aPair('a');
  const { clock, local, makeToken, answer } = await start(a);
  const token = makeToken(a, { exp: seconds(clock) + 100 });
  expect(await answer(token)).toBe('accepted');
  clock.pass(99_999);
  expect(local.recall(token)).toBeDefined();
  clock.pass(1);
  expect(await answer(token)).toBe('TOKEN_EXPIRED');
  expect(await answer(token)).toBe('TOKEN_EXPIRED');
});

test.each([
  ['no kind', {}, 'accepted'],
  ['a service', { kind: 'service' }, 'accepted'],
  ['another kind', { kind: 'robot' }, 'INVALID_TOKEN'],
  ['a list of audiences', { aud: ['postern'] }, 'INVALID_TOKEN'],
  ['another issuer', { iss: 'other' }, 'INVALID_TOKEN'],
  ['no jti', { jti: undefined }, 'INVALID_TOKEN'],
  ['no client', { client_id: '' }, 'INVALID_TOKEN'],
  ['a sub that is no id', { sub: 'ada' }, 'INVALID_TOKEN'],
  ['a sid in capitals', { sid: randomUUID().toUpperCase() }, 'INVALID_TOKEN'],
  ['roles that are no texts', { roles: [1] }, 'INVALID_TOKEN'],
  ['a time with a fraction', { exp: 2e9 + 0.5 }, 'INVALID_TOKEN'],
  ['an exp before its iat', { exp: 1 }, 'INVALID_TOKEN'],
])('A token with %s is %s', async (_, claims, expected) => {
  const a = aPair('a');
  const { makeToken, answer } = await start(a);
  expect(await answer(makeToken(a, claims))).toBe(expected);
});

test('A token of a clock that is ahead is accepted up to 5 s', async () => {
  const a = aPair('a');
  const { clock, makeToken, answer } = await start(a);
  expect(await answer(makeToken(a, { iat: seconds(clock) + 5 }))).toBe('accepted');
  expect(await answer(makeToken(a, { iat: seconds(clock) + 6 }))).toBe('INVALID_TOKEN');
});

test.each([
  { typ: 'JWT' },
  { alg: 'RS256' },
  { alg: 'none' },
  { kid: undefined },
  { crit: ['exp'] },
])('A token with %j in its header is refused', async (header) => {
  const a = aPair('a');
  const { makeToken, answer } = await start(a);
  expect(await answer(makeToken(a, {}, header))).toBe('INVALID_TOKEN');
});

test('The cache holds as many tokens as it may, and refusals push out none', async () => {
  const a = aPair('a');
  const { local, makeToken, answer } = await start(a);
  const token = makeToken(a);
  expect(await answer(token)).toBe('accepted');
  for (let n = 0; n < 300; n += 1) await answer(`${token.slice(0, -4)}${String(n).padStart(4, 'A')}`);
  expect(local.recall(token)).toBeDefined();
  for (let n = 0; n < 300; n += 1) expect(await answer(makeToken(a))).toBe('accepted');
  expect(local.cachedTokens).toBeLessThanOrEqual(100);
});
