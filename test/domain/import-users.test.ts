import type { ImportedRow } from '../../src/auth/import/imported-row';
import { createRowDigests } from '../../src/crypto/import/row-digests';
import { TestClock } from '../support/domain/clock';
import { openDomain } from '../support/domain/domain';
import { onEachIteration } from '../support/domain/iterations';

const ROWS: readonly ImportedRow[] = Array.from({ length: 50 }, (_, n) => ({
  externalId: `old-${n}`,
  email: `old-${n}@example.com`,
  username: `old-${n}`,
  emailVerified: true,
  roles: [],
  passwordHash: '',
}));
const PIECE_MS = 0.1;

test('ImportUsers lets other calls in between rows: it never works for a ms in one go', async () => {
  const clock = new TestClock();
  const digests = createRowDigests();
  let workedMs = 0;
  let longestMs = 0;
  const work = (): void => {
    clock.advance(PIECE_MS);
    workedMs += PIECE_MS;
    longestMs = Math.max(longestMs, workedMs);
  };
  const rowDigests = {
    digest(text: string): string {
      work();
      return digests.digest(text);
    },
  };
  const domain = await openDomain({ clock, rowDigests });
  const stop = onEachIteration(() => {
    workedMs = 0;
  });
  // What is refused for its fields has cost the look at them.
  const refusable = ROWS.map((row) => ({
    ...row,
    get email() {
      work();
      return 'no address';
    },
  }));
  try {
    for (const [status, rows] of [
      ['imported', ROWS],
      ['unchanged', ROWS],
      ['refused', refusable],
    ] as const) {
      workedMs = 0;
      longestMs = 0;
      const outcomes = await domain.admin.importUsers(rows, {}, 'the-actor', domain.call());
      expect(new Set(outcomes.map((outcome) => outcome.status))).toEqual(new Set([status]));
      expect([status, longestMs > 0, longestMs < 1]).toEqual([status, true, true]);
    }
  } finally {
    stop();
    await domain.close();
  }
});
