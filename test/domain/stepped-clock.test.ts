import { throwIfEnded } from '../../src/auth/call';
import { Revocations } from '../../src/auth/revocation/revocations';
import { SourceLimiter } from '../../src/transport/limits/source-limiter';
import { anEndedSessions } from '../support/domain/builders';
import { type Domain, openDomain, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const STEPS = [-30 * 86_400_000, -600_000, 600_000];

test.each(STEPS)('A source limit is not moved by a wall clock that is set by %i ms [B6]', (step) => {
  const limiter = new SourceLimiter({ burst: 2, intervalMs: 1_000 }, domain.clock);
  expect([limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 1_000]);
  domain.clock.stepWallClock(step);
  expect(limiter.take('a')).toBe(1_000);
  domain.clock.advance(1_000);
  expect(limiter.take('a')).toBe(0);
});

test.each(STEPS)('Validate refuses after the staleness that passed, not after a step of %i ms [G3]', (step) => {
  const settings = { windowMs: 2_400_000, maxStalenessMs: 30_000 };
  const followed = new Revocations(domain.store.revocationFeed, domain.clock, settings);
  followed.onFresh(domain.clock.monotonic());
  domain.clock.stepWallClock(step);
  expect(followed.isStale()).toBe(false);
  domain.clock.advance(30_000);
  expect(followed.isStale()).toBe(false);
  domain.clock.advance(1);
  expect(followed.isStale()).toBe(true);
});

test('A feed that is followed stays fresh when the wall clock is set back or forward [C11, G3]', async () => {
  const followed = new Revocations(domain.store.revocationFeed, domain.clock, {
    windowMs: 60_000,
    maxStalenessMs: 1_000,
  });
  const follower = await domain.store.revocationFeed.follow(followed);
  for (const step of STEPS) {
    domain.clock.stepWallClock(step);
    domain.clock.advance(900);
    await domain.deps.revocations.publish([anEndedSessions()], domain.call());
    expect(followed.stalenessMs()).toBe(0);
  }
  await follower.close();
});

test('A revocation is held for its window although the wall clock is set forward and back [C11]', () => {
  const settings = { windowMs: 60_000, maxStalenessMs: 3_600_000 };
  const held = new Revocations(domain.store.revocationFeed, domain.clock, settings);
  const ended = anEndedSessions({ at: domain.clock.now() });
  held.onRecord(ended);
  domain.clock.stepWallClock(86_400_000);
  held.onFresh(domain.clock.monotonic());
  domain.clock.stepWallClock(-86_400_000);
  expect(held.findSessionEnd(ended.sessionIds[0] ?? '')).toMatchObject({ reason: ended.reason });
  domain.clock.advance(60_000);
  held.onFresh(domain.clock.monotonic());
  expect(held.size).toBe(0);
});

test.each(STEPS)('A call keeps its deadline when the wall clock is set by %i ms [E7]', (step) => {
  const call = domain.call({ deadline: domain.clock.monotonic() + 1_000 });
  domain.clock.stepWallClock(step);
  expect(() => throwIfEnded(call, domain.clock)).not.toThrow();
  domain.clock.advance(1_000);
  expect(() => throwIfEnded(call, domain.clock)).toThrow('deadline');
});

test('A used refresh token gets no successor for long, and ends no session, after the clock was set back [D4]', async () => {
  const { tokens } = await domain.signedIn();
  const next = await domain.auth.refresh(tokens, domain.call());
  domain.clock.stepWallClock(-600_000);
  domain.clock.advance(60_000);
  expect(await refusalReason(() => domain.auth.refresh(tokens, domain.call()))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => domain.auth.refresh(next, domain.call()))).toBe('OK');
});

test('Login works, and failures lock for one window at most, after the clock was set back [B3]', async () => {
  const { user } = await domain.signedIn();
  const guess = () =>
    refusalReason(() =>
      domain.auth.login({ username: user.username, password: 'wrong', deviceName: '' }, domain.call()),
    );
  for (let i = 0; i < 10; i += 1) await guess();
  domain.clock.stepWallClock(-600_000);
  await expect(domain.login(user.username)).rejects.toMatchObject({ reason: 'RATE_LIMITED', retryAfterSeconds: 900 });
  domain.clock.advance(900_000);
  expect((await domain.login(user.username)).user.id).toBe(user.id);
});
