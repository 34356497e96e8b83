import { Driver, type DriverAnswer } from '../../clients/conformance/suite/driver';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import {
  accepted,
  refusal,
  rolesChanged,
  ScriptedService,
  sessionEnded,
  userRefused,
} from '../../clients/conformance/suite/scripted-service';
import { claims, createKey, forge, keyId } from '../../clients/conformance/suite/token-forge';
import { hmacVectors, vectors } from '../../clients/conformance/suite/vectors';
import { eventually } from '../support/domain/eventually';
import { awaitLocal } from './await-local';

const CALLERS = 64;
const key = createKey('key-1');
const rsa = createKey('key-2', 'RS256');

let service: ScriptedService;
let driver: Driver;
beforeEach(async () => {
  service = await ScriptedService.start();
  service.publish(key, rsa);
});
afterEach(async () => {
  await driver.close();
  await service.stop();
});

type Mode = 'auto' | 'local' | 'remote';

/** A driver whose client answers by itself. */
async function openLocal(language: (typeof LANGUAGES)[number], mode: Mode = 'local', more: object = {}) {
  driver = await Driver.open(language, { ...service.open, mode, ...more });
  await awaitLocal(driver);
}

/** A token, and the ids in it. */
function issue(changes: Record<string, unknown> = {}): { token: string; userId: string; sessionId: string } {
  const fields = claims(changes);
  return { token: forge(key, fields), userId: String(fields.sub), sessionId: String(fields.sid) };
}

describe.each(LANGUAGES)('The %s client', (language) => {
  test('judges every vector by itself as the service does, and does not crash', async () => {
    await openLocal(language);
    const list = vectors(key, rsa);
    const reasons: [string, string][] = [];
    for (const { name, token } of list) reasons.push([name, await driver.refusalReason(token)]);
    expect(reasons).toEqual(list.map(({ name, reason }) => [name, reason]));
    expect(service.batches).toHaveLength(0);
  }, 60_000);

  test('never verifies HS256 by itself: locally it is UNAVAILABLE, else the service is asked', async () => {
    await openLocal(language);
    for (const { token } of hmacVectors(key)) {
      expect(await driver.validate(token)).toMatchObject({ ok: false, reason: 'UNAVAILABLE' });
    }
    await driver.close();
    await openLocal(language, 'auto');
    for (const { token } of hmacVectors(key)) {
      expect(await driver.validate(token)).toMatchObject({ ok: false, via: 'remote', reason: 'INVALID_TOKEN' });
    }
    expect(service.batches.map(({ accessTokens }) => accessTokens)).toEqual(
      hmacVectors(key).map(() => [expect.any(String)]),
    );
  }, 60_000);

  test('follows the feed: ended sessions, disabled and deleted users, roles, in whatever order and however often', async () => {
    await openLocal(language);
    const one = issue();
    const other = issue({ sub: one.userId });
    expect(await driver.validate(one.token)).toMatchObject({ ok: true, via: 'local', principal: { roles: ['user'] } });
    const becomes = (token: string, reason: string) =>
      eventually(`it is ${reason}`, async () => (await driver.refusalReason(token)) === reason, 1_000);
    service.send(sessionEnded(one.sessionId));
    service.send(sessionEnded(one.sessionId));
    await becomes(one.token, 'TOKEN_REVOKED');
    expect(await driver.refusalReason(other.token)).toBe('OK');
    service.send(rolesChanged(one.userId, 'admin'));
    await eventually('it has the role', async () => {
      const { principal } = await driver.validate(other.token);
      return principal?.roles.join() === 'admin';
    });
    service.send(userRefused(one.userId, 'user_disabled'));
    await becomes(other.token, 'USER_INACTIVE');
    service.send(rolesChanged(one.userId, 'user'));
    await becomes(other.token, 'OK');
    expect(await driver.refusalReason(one.token)).toBe('TOKEN_REVOKED');
    service.send(userRefused(one.userId, 'user_deleted'));
    await becomes(other.token, 'TOKEN_REVOKED');
  }, 60_000);

  test('gives a token of an API key no role that its own claims do not have', async () => {
    await openLocal(language);
    const { token, userId } = issue({ sid: keyId(), roles: ['user', 'service'] });
    expect(await driver.refusalReason(token)).toBe('OK');
    service.send(rolesChanged(userId, 'admin', 'service'));
    await eventually('it has lost a role', async () => {
      const { principal } = await driver.validate(token);
      return principal?.roles.join() === 'service';
    });
  }, 60_000);

  test('does not vouch for anything before it has caught up, however many heartbeats come', async () => {
    service.greeting = [];
    driver = await Driver.open(language, { ...service.open, mode: 'local' });
    const { token, sessionId } = issue();
    await eventually('it has a stream', () => service.streams > 0);
    service.beat();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await driver.refusalReason(token)).toBe('UNAVAILABLE');
    expect(await driver.state()).toMatchObject({ local: false });
    service.send(sessionEnded(sessionId));
    service.send({ $case: 'caughtUp', caughtUp: {} });
    service.beat();
    await eventually('it is refused', async () => (await driver.refusalReason(token)) === 'TOKEN_REVOKED');
  }, 60_000);

  test('goes on for as long as the feed is fresh and no longer, also when the feed beats without being fresh', async () => {
    await openLocal(language, 'local', { max_staleness_ms: 1_000 });
    const { token } = issue();
    expect(await driver.refusalReason(token)).toBe('OK');
    service.heartbeats = false;
    const frozen = Date.now();
    let beats = 0;
    // Roundings may move it to and fro.
    const timer = setInterval(() => service.beat(new Date(frozen - (beats++ % 2))), 100);
    const start = performance.now();
    await eventually('it is unavailable', async () => (await driver.refusalReason(token)) === 'UNAVAILABLE', 3_000);
    clearInterval(timer);
    expect(performance.now() - start).toBeGreaterThan(500);
    service.heartbeats = true;
    await eventually('it answers again', async () => (await driver.refusalReason(token)) === 'OK', 5_000);
  }, 60_000);

  test('refuses a session that it knows to have ended, though a replica that lost its store still vouches', async () => {
    await openLocal(language, 'auto', { max_staleness_ms: 1_000 });
    const { token, userId, sessionId } = issue();
    expect(await driver.refusalReason(token)).toBe('OK');
    service.send(sessionEnded(sessionId));
    await eventually('it is refused', async () => (await driver.refusalReason(token)) === 'TOKEN_REVOKED');
    service.heartbeats = false;
    service.answer = () => accepted(userId, ['user'], sessionId);
    await eventually('it asks the service', async () => {
      await driver.refusalReason(token);
      return service.batches.length > 0;
    });
    expect(await driver.refusalReason(token)).toBe('TOKEN_REVOKED');
  }, 60_000);

  test('stops trusting a feed that revokes something it does not understand', async () => {
    await openLocal(language);
    const { token } = issue();
    expect(await driver.refusalReason(token)).toBe('OK');
    const { length } = service.resumeTokens;
    const nothing = { target: undefined, revokedAt: new Date(), reason: 'new' };
    service.send({ $case: 'revocation', revocation: nothing });
    await eventually('it asks again', () => service.resumeTokens.length > length);
    await eventually('it goes on', async () => (await driver.refusalReason(token)) === 'OK');
  }, 60_000);

  test('comes back to a feed that ends, with the last resume token', async () => {
    await openLocal(language);
    service.send(rolesChanged(issue().userId, 'user'), '4242');
    service.heartbeats = false;
    await new Promise((resolve) => setTimeout(resolve, 200));
    service.endStreams();
    service.heartbeats = true;
    await eventually('it has come back', () => service.resumeTokens.at(-1) === '4242');
    await eventually('it counts that', async () => (await driver.state()).watch_reconnects === 1);
    expect(await driver.refusalReason(issue().token)).toBe('OK');
  }, 60_000);

  test.each([
    ['empty', JSON.stringify({ keys: [] })],
    ['no JSON', '<html>'],
    ['of another shape', JSON.stringify({ keys: { '0': key.jwk } })],
    ['null', 'null'],
    ['huge', JSON.stringify({ keys: [key.jwk], more: 'x'.repeat(5 << 20) })],
    [
      'of too many keys',
      JSON.stringify({ keys: Array.from({ length: 5_000 }, (_, at) => ({ ...key.jwk, kid: `k${at}` })) }),
    ],
    ['of broken keys', JSON.stringify({ keys: [null, 7, {}, { ...key.jwk, x: 'AA' }, { ...key.jwk, kid: 7 }] })],
    ['of a key for encryption', JSON.stringify({ keys: [{ ...key.jwk, use: 'enc' }] })],
    ['of a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: key.kid, alg: 'HS256' }] })],
    ['gone', 404],
    ['failing', 500],
    ['elsewhere', 302],
  ])(
    'accepts nothing by a key set that is %s',
    async (_, keySet) => {
      service.keySet = keySet;
      service.movedKeySet = JSON.stringify({ keys: [key.jwk] });
      driver = await Driver.open(language, { ...service.open, mode: 'local' });
      await eventually('it has read the keys', () => service.keySetReads > 0);
      await eventually('it has a stream', () => service.streams > 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(['UNAVAILABLE', 'INVALID_TOKEN']).toContain(await driver.refusalReason(issue().token));
      await driver.close();
      service.answer = () => accepted(issue().userId);
      driver = await Driver.open(language, { ...service.open, mode: 'auto' });
      expect(await driver.validate(issue().token)).toMatchObject({ ok: true, via: 'remote' });
    },
    60_000,
  );

  test('keeps its keys while no key set can be read, and reads it again for an unknown kid once in 5 s', async () => {
    await openLocal(language, 'auto');
    service.keySet = 500;
    expect(await driver.refusalReason(issue().token)).toBe('OK');
    const unknown = () => forge(createKey(`unknown-${Math.random()}`));
    const before = service.keySetReads;
    for (let at = 0; at < 50; at += 1) expect(await driver.refusalReason(unknown())).toBe('INVALID_TOKEN');
    expect(service.keySetReads - before).toBeLessThanOrEqual(2);
    expect(await driver.validate(issue().token)).toMatchObject({ ok: true, via: 'local' });
  }, 60_000);

  test('refuses no token through a rotation, and what a removed key has signed is no longer answered here', async () => {
    await openLocal(language, 'auto');
    service.answer = () => refusal('INVALID_TOKEN');
    const old = issue().token;
    expect(await driver.validate(old)).toMatchObject({ ok: true, via: 'local' });
    const next = createKey('key-3');
    service.publish(key, rsa, next);
    // A key is published at least half a minute before it signs; 5 s is what a client needs at most.
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    expect(await driver.validate(forge(next))).toMatchObject({ ok: true, via: 'local' });
    service.publish(next);
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    await driver.refusalReason(forge(createKey('another')));
    await eventually('the old one is refused', async () => (await driver.refusalReason(old)) === 'INVALID_TOKEN');
  }, 60_000);

  test('asks the service about 64 callers in at most two calls, and about one token once', async () => {
    service.heartbeats = false;
    service.answer = (token) => (token.startsWith('e') ? accepted(issue().userId) : refusal('INVALID_TOKEN'));
    driver = await Driver.open(language, { ...service.open, mode: 'auto' });
    await driver.validate(issue().token);
    const calls: number[] = [];
    // A busy machine may stop the driver in the middle of a crowd: the best of five crowds is what the client does.
    for (let crowd = 0; crowd < 5; crowd += 1) {
      service.batches.length = 0;
      const tokens = Array.from({ length: CALLERS }, () => issue().token);
      const answers = await driver.validateAll(tokens);
      expect(answers.every(({ ok, via }) => ok && via === 'remote')).toBe(true);
      calls.push(service.batches.length);
      expect(service.batches.flatMap(({ accessTokens }) => accessTokens).sort()).toEqual([...tokens].sort());
    }
    expect(Math.min(...calls)).toBeLessThanOrEqual(2);
    service.batches.length = 0;
    const same = issue().token;
    await driver.validateAll(Array.from({ length: CALLERS }, () => same));
    const askedFor = service.batches.flatMap(({ accessTokens }) => accessTokens);
    expect(askedFor.length).toBeLessThanOrEqual(2);
  }, 60_000);

  test('takes a batch that is answered wrongly, or never, for no answer', async () => {
    driver = await Driver.open(language, { ...service.open, mode: 'remote' });
    service.answer = () => ({ outcome: undefined });
    expect(await driver.refusalReason(issue().token)).toBe('UNAVAILABLE');
    service.answer = () => 'never';
    const answer: DriverAnswer = await driver.validate(issue().token);
    expect(answer).toMatchObject({ ok: false, reason: 'UNAVAILABLE' });
    service.answer = () => accepted(issue().userId);
    expect(await driver.refusalReason(issue().token)).toBe('OK');
  }, 60_000);
});
