import type { ImportedRow } from '../../src/auth/import/imported-row';
import { createRowDigests } from '../../src/crypto/import/row-digests';
import { TestClock } from '../support/domain/clock';
import { openDomain } from '../support/domain/domain';

const ROWS: readonly ImportedRow[] = Array.from({ length: 50 }, (_, n) => ({
  externalId: `old-${n}`,
  email: `old-${n}@example.com`,
  username: `old-${n}`,
  emailVerified: true,
  roles: [],
  passwordHash: '',
}));
const DIGEST_MS = 0.1;

test('ImportUsers lets other calls in between rows: it never works for a ms in one go', async () => {
  const clock = new TestClock();
  const digests = createRowDigests();
  let workedMs = 0;
  let longestMs = 0;
  const rowDigests = {
    digest(text: string): string {
      clock.advance(DIGEST_MS);
      workedMs += DIGEST_MS;
      longestMs = Math.max(longestMs, workedMs);
      return digests.digest(text);
    },
  };
  const domain = await openDomain({ clock, rowDigests });
  let hasEnded = false;
  const turn = (): void => {
    workedMs = 0;
    if (!hasEnded) setImmediate(turn);
  };
  turn();
  try {
    for (const status of ['imported', 'unchanged']) {
      longestMs = 0;
      const outcomes = await domain.admin.importUsers(ROWS, {}, 'the-actor', domain.call());
      expect(new Set(outcomes.map((outcome) => outcome.status))).toEqual(new Set([status]));
      expect(longestMs).toBeGreaterThan(0);
      expect(longestMs).toBeLessThan(1);
    }
  } finally {
    hasEnded = true;
    await domain.close();
  }
});
