import type { Call } from '../../src/auth/call';
import { type Domain, openDomain, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const refresh = (refreshToken: string, more: Partial<Call> = {}) =>
  domain.auth.refresh({ refreshToken }, domain.call(more));

test('Refresh gives a new pair of the same session and rotates the token [D2]', async () => {
  const { tokens } = await domain.signedIn();
  const next = await refresh(tokens.refreshToken);
  expect(next.sessionId).toBe(tokens.sessionId);
  expect(next.refreshToken).not.toBe(tokens.refreshToken);
  expect(next.accessToken).not.toBe(tokens.accessToken);
  expect((await domain.store.sessions.find(tokens.sessionId, domain.call()))?.generation).toBe(1);
});

test('Refresh gives the same successor again within the grace when a reply was lost [D5]', async () => {
  const { tokens } = await domain.signedIn();
  const first = await refresh(tokens.refreshToken);
  domain.clock.advance(10_000);
  const again = await refresh(tokens.refreshToken);
  expect(again.refreshToken).toBe(first.refreshToken);
  expect((await refresh(again.refreshToken)).sessionId).toBe(tokens.sessionId);
});

test('Refresh counts the grace from the first use of a token, not from later ones [D4]', async () => {
  const { tokens } = await domain.signedIn();
  await refresh(tokens.refreshToken);
  domain.clock.advance(6_000);
  await refresh(tokens.refreshToken);
  domain.clock.advance(4_001);
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('Refresh refuses a replayed token, ends its session with the live successor, and audits it [D3]', async () => {
  const { tokens } = await domain.signedIn();
  const next = await refresh(tokens.refreshToken);
  domain.clock.advance(10_001);
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => refresh(next.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  const validate = () =>
    domain.auth.validate({ accessToken: next.accessToken, allowAnonymous: false, fresh: false }, domain.call());
  expect(await refusalReason(validate)).toBe('TOKEN_REVOKED');
  expect(domain.eventTypes()).toEqual(expect.arrayContaining(['refresh.replayed', 'session.ended']));
});

test('Refresh treats a token older than the immediate predecessor as a replay at once [D4]', async () => {
  const { tokens } = await domain.signedIn();
  const second = await refresh(tokens.refreshToken);
  domain.clock.advance(3_000);
  const third = await refresh(second.refreshToken);
  domain.clock.advance(1);
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => refresh(third.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('An older refresh token whose call arrived before its successor was used was held up: it ends nothing', async () => {
  const { tokens } = await domain.signedIn();
  const second = await refresh(tokens.refreshToken);
  domain.clock.advance(1_000);
  const heldUp = domain.call();
  domain.clock.advance(1_000);
  const third = await refresh(second.refreshToken);
  const late = () => domain.auth.refresh({ refreshToken: tokens.refreshToken }, heldUp);
  expect(await refusalReason(late)).toBe('INVALID_REFRESH_TOKEN');
  expect((await refresh(third.refreshToken)).sessionId).toBe(tokens.sessionId);
});

test('A duplicate of a refresh that arrived within the grace but was held up is refused and ends nothing', async () => {
  const { tokens } = await domain.signedIn();
  const next = await refresh(tokens.refreshToken);
  const arrivedAt = domain.clock.now() + 5_000;
  domain.clock.advance(12_000);
  const heldUp = { arrivedAt, deadline: domain.clock.now() + 1_000 };
  expect(await refusalReason(() => refresh(tokens.refreshToken, heldUp))).toBe('INVALID_REFRESH_TOKEN');
  expect((await refresh(next.refreshToken)).sessionId).toBe(tokens.sessionId);
});

test('A refresh token older than every remembered rotation is a replay', async () => {
  const { tokens } = await domain.signedIn();
  let latest = tokens.refreshToken;
  for (let i = 0; i < 10; i += 1) latest = (await refresh(latest)).refreshToken;
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => refresh(latest))).toBe('INVALID_REFRESH_TOKEN');
});

test('With the grace off the second use of a refresh token ends the session, but one that arrived before the first use does not', async () => {
  await domain.close();
  domain = await openDomain({ graceMs: 0 });
  const { tokens } = await domain.signedIn();
  const parallel = domain.call();
  const next = await refresh(tokens.refreshToken);
  expect(await refusalReason(() => domain.auth.refresh({ refreshToken: tokens.refreshToken }, parallel))).toBe(
    'INVALID_REFRESH_TOKEN',
  );
  const third = await refresh(next.refreshToken);
  domain.clock.advance(1);
  expect(await refusalReason(() => refresh(next.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => refresh(third.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('Refresh gives fifty parallel calls with one token the same successor [D4]', async () => {
  const { tokens } = await domain.signedIn();
  const all = await Promise.all(Array.from({ length: 50 }, () => refresh(tokens.refreshToken)));
  expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(1);
});

test('Refresh does not move the absolute end of a session, and no answer promises more [D6]', async () => {
  const { tokens } = await domain.signedIn();
  let latest = tokens;
  for (let day = 0; day < 29; day += 1) {
    domain.clock.advance(86_400_000);
    latest = await refresh(latest.refreshToken);
  }
  expect(latest.refreshExpiresIn).toBeLessThanOrEqual(86_400);
  domain.clock.advance(86_400_000);
  expect(await refusalReason(() => refresh(latest.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('Refresh refuses a session that was idle for REFRESH_TOKEN_EXPIRE_DAYS [D6]', async () => {
  const { tokens } = await domain.signedIn();
  domain.clock.advance(7 * 86_400_000);
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('Refresh puts the current roles into the next access token [D7]', async () => {
  const { tokens, user } = await domain.signedIn();
  await domain.admin.setUserRoles({ userId: user.id, roles: ['moderator'] }, '', domain.call());
  const next = await refresh(tokens.refreshToken);
  expect(domain.deps.accessTokens.verify(next.accessToken).claims.roles).toEqual(['moderator']);
});

test('Refresh refuses a disabled user, also after enabling [D7]', async () => {
  const { tokens, user } = await domain.signedIn();
  await domain.admin.setUserActive({ userId: user.id, active: false }, '', domain.call());
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
  await domain.admin.setUserActive({ userId: user.id, active: true }, '', domain.call());
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('a session of an older epoch is refused even when it was never ended', async () => {
  const { tokens, user } = await domain.signedIn();
  await domain.store.users.setActive(user.id, false, domain.call());
  await domain.store.users.setActive(user.id, true, domain.call());
  expect(await refusalReason(() => refresh(tokens.refreshToken))).toBe('INVALID_REFRESH_TOKEN');
});

test('a cancelled call and one whose deadline has passed change nothing', async () => {
  const { tokens } = await domain.signedIn();
  await expect(refresh(tokens.refreshToken, { cancelled: true })).rejects.toThrow('cancelled');
  await expect(refresh(tokens.refreshToken, { deadline: domain.clock.now() })).rejects.toThrow('deadline');
  expect((await domain.store.sessions.find(tokens.sessionId, domain.call()))?.generation).toBe(0);
});

test('Refresh refuses an access token, a text from the store and a token of another salt [C8, D1]', async () => {
  const { tokens, user } = await domain.signedIn();
  const { refreshTokens } = domain.deps;
  const session = await domain.store.sessions.find(tokens.sessionId, domain.call());
  const forged = refreshTokens.mint(
    { sessionId: tokens.sessionId, userId: user.id, generation: 0, salt: refreshTokens.newSalt() },
    refreshTokens.currentKeyId,
  );
  const fromStore = refreshTokens.mint(
    { sessionId: tokens.sessionId, userId: user.id, generation: 0, salt: (session?.saltHash ?? '').slice(0, 22) },
    refreshTokens.currentKeyId,
  );
  for (const text of [tokens.accessToken, session?.saltHash ?? '', forged, fromStore, '', `${tokens.refreshToken}\n`]) {
    expect(await refusalReason(() => refresh(text))).toBe('INVALID_REFRESH_TOKEN');
  }
  expect((await refresh(tokens.refreshToken)).sessionId).toBe(tokens.sessionId);
});
