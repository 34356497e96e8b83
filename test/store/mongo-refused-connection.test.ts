import { systemClock } from '../../src/auth/clock';
import { startFailureText } from '../../src/composition/start-failure';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';

const OPTIONS = {
  openedBy: 'service',
  clock: systemClock,
  revocationWindowMs: 60_000,
  auditRetentionMs: 60_000,
  onProblem: () => {},
  onFatal: () => {},
} as const;

test('A start without its database names the hosts and what to do, and no password [G5]', async () => {
  // Nothing listens on port 1 of a loopback address that no other test uses.
  const url = 'mongodb://ada:canary-word@127.55.0.1:1/postern?serverSelectionTimeoutMS=200';
  const error = await openMongoStore(url, OPTIONS).catch((cause: unknown) => cause);
  const text = startFailureText(error);
  expect(text).toContain('the store does not answer');
  expect(text).toContain('127.55.0.1:1');
  expect(text).toContain('check host and port in DATABASE_URL');
  expect(text).not.toMatch(/STORE_UNAVAILABLE|canary-word|ada/);
});
