import { tokenPair } from '../../../src/auth/sessions/token-pair';
import { aSession, aUser } from '../../support/domain/builders';

const DAY_S = 86_400;
const claims = { issuedAt: 0, expiresAt: 1_800 };

function secondsLeft(afterMs: number, lifetimeMs: number): number {
  const user = aUser();
  const session = aSession({ userId: user.id, expiresAt: new Date(Date.now() + lifetimeMs), lastUsedAt: new Date() });
  const deps = {
    accessTokens: {
      issue: () => ({ token: 'a', claims: { ...claims, ...user, userId: user.id, sessionId: session.id } }),
    },
    refreshTokens: { mint: () => 'r' },
    clock: { now: () => session.lastUsedAt.getTime() + afterMs, monotonic: () => afterMs },
  };
  return tokenPair(deps as unknown as Parameters<typeof tokenPair>[0], user, session, 'salt').refreshExpiresIn;
}

test('refresh_expires_in of a session used just now is the whole lifetime, though the store took its time', () => {
  expect(secondsLeft(0, 7 * DAY_S * 1_000)).toBe(7 * DAY_S);
  expect(secondsLeft(14, 7 * DAY_S * 1_000)).toBe(7 * DAY_S);
});

test('a second later it is a second less, and never below zero', () => {
  expect(secondsLeft(1_000, 60_000)).toBe(59);
  expect(secondsLeft(9_900, 60_000)).toBe(51);
  expect(secondsLeft(90_000, 60_000)).toBe(0);
});
