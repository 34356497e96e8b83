import type { ImportedHashes } from '../../src/auth/import/imported-hashes';
import type { ImportedRow } from '../../src/auth/import/imported-row';
import { createRowDigests } from '../../src/crypto/import/row-digests';
import { TestClock } from '../support/domain/clock';
import { openDomain } from '../support/domain/domain';
import { onEachIteration } from '../support/domain/iterations';
import { collectUnhandled } from '../support/domain/unhandled-rejections';

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

const HASHED: readonly ImportedRow[] = ROWS.slice(0, 8).map((row) => ({ ...row, passwordHash: 'a hash' }));

test('ImportUsers wraps the fast hashes of a batch at the same time, so that all hashing threads have work', async () => {
  let running = 0;
  let most = 0;
  const accept = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return { hash: 'wrapped', isWrapped: true };
  };
  const domain = await openDomain({ importedHashes: { accept } as unknown as ImportedHashes });
  try {
    const outcomes = await domain.admin.importUsers(HASHED, {}, 'the-actor', domain.call());
    expect(outcomes.map(({ status }) => status)).toEqual(HASHED.map(() => 'imported'));
    expect(most).toBe(HASHED.length);
  } finally {
    await domain.close();
  }
});

test('ImportUsers rejects when a hash cannot be wrapped while others wait for their turn, and has stored nothing', async () => {
  const clock = new TestClock();
  const failure = new Error('a hashing thread ended');
  const accept = async () => {
    // Long enough for the next row to wait for its turn.
    clock.advance(1);
    throw failure;
  };
  const domain = await openDomain({ clock, importedHashes: { accept } as unknown as ImportedHashes });
  try {
    const unhandled = await collectUnhandled(() =>
      expect(domain.admin.importUsers(HASHED, {}, 'the-actor', domain.call())).rejects.toBe(failure),
    );
    expect(unhandled).toEqual([]);
    const imported = await domain.admin.importUsers(ROWS, {}, 'the-actor', domain.call());
    expect(new Set(imported.map(({ status }) => status))).toEqual(new Set(['imported']));
  } finally {
    await domain.close();
  }
});
