import { statSync } from 'node:fs';

/** A file that this process has open is no longer what lies at its path. */
export class DataReplacedError extends Error {
  override readonly name = 'DataReplacedError';

  constructor(path: string) {
    super(`${path} was removed or replaced while the store was open`);
  }
}

const MISSING_CODES: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/**
 * Remembers which files lie at these paths now. The returned function throws DataReplacedError once one of them was
 * removed, renamed or replaced: what is written to it from then on is lost. It costs some microseconds, and
 * opens no file, which would drop LMDB's locks (README.md).
 */
export function watchFiles(paths: readonly string[]): () => void {
  const known = paths.map((path) => ({ path, identity: identify(path) }));
  return () => {
    for (const { path, identity } of known) if (identify(path) !== identity) throw new DataReplacedError(path);
  };
}

/**
 * Device and inode; undefined where nothing lies at the path. A path that cannot be looked at says nothing, so it
 * throws.
 */
function identify(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (MISSING_CODES.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}
