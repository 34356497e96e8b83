/**
 * Stands for all that is known of a slice of ids; another one stands there as soon as something about one of them
 * changes.
 */
type Mark = object;

const NO_ROLES: readonly string[] = Object.freeze([]);

/**
 * What was found when a token was last looked up among the revocations, and under which marks. Kept beside the claims
 * of the token, so that the usual Validate looks at two marks and not into tables that are too large for the nearest
 * caches.
 */
export class Standing {
  sessionSlice = 0;
  userSlice = 0;
  sessionMark: Mark | undefined = undefined;
  userMark: Mark | undefined = undefined;
  roles: readonly string[] = NO_ROLES;
}

/** A change makes one of two thousand tokens look again: each has two ids. */
const SLICES = 4096;

/**
 * Ids are cut into slices, so that a change is no reason to look everybody up again. Marks are compared by identity:
 * none comes back.
 */
export class ChangeMarks {
  readonly #marks: Mark[] = Array.from({ length: SLICES }, () => ({}));

  /** Something about this session or user has changed. */
  change(id: string): void {
    this.#marks[sliceOf(id)] = {};
  }

  /** Whether nothing about this token's session or user has changed since it was remembered. */
  isUnchanged({ sessionSlice, userSlice, sessionMark, userMark }: Standing): boolean {
    return this.#marks[sessionSlice] === sessionMark && this.#marks[userSlice] === userMark;
  }

  /** Keeps what has just been found. */
  remember(standing: Standing, of: { sessionId: string; userId: string }, roles: readonly string[]): void {
    standing.sessionSlice = sliceOf(of.sessionId);
    standing.userSlice = sliceOf(of.userId);
    standing.sessionMark = this.#marks[standing.sessionSlice];
    standing.userMark = this.#marks[standing.userSlice];
    standing.roles = roles;
  }
}

/** The last digits of a UUID are random, of version 4 as of version 7 (RFC 9562). Any other text has a slice too. */
function sliceOf(id: string): number {
  return Number.parseInt(id.slice(-3), 16) & (SLICES - 1);
}
