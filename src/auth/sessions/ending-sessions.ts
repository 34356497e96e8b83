import type { StoredUser, Users } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import type { EndingSessions, StoredSession, StoredSessions } from './stored-sessions';

/** Other calls wait while the embedded store writes these: about 2 ms. */
export const MOST_IN_WRITE = 250;
/**
 * How long the ids stay with the user after the rows were written. Refresh reads a session and its user at once: it may
 * have met the row before it was written, and must then find the id with the user, or hear of it by the feed.
 */
const KEPT_MS = 2_000;
/** What is older was left by a process that has ended, or that could not reach the store. */
const LEFT_AFTER_MS = 60_000;

/** The sessions of a user that have ended although their rows may not say so yet. */
export function endingIds(user: Pick<StoredUser, 'endingSessions'> | undefined): ReadonlySet<string> {
  const { endingSessions = [] } = user ?? {};
  return endingSessions.length === 0 ? NONE : new Set(endingSessions.flatMap(({ sessionIds }) => sessionIds));
}

const NONE: ReadonlySet<string> = new Set();

/** Whether a session that is live by its row is good for its user: not of an older epoch, and not among the ending. */
export function isGoodFor(
  user: Pick<StoredUser, 'sessionEpoch' | 'endingSessions'>,
  { id, epoch }: Pick<StoredSession, 'id' | 'epoch'>,
): boolean {
  return epoch >= user.sessionEpoch && !isEnding(user, id);
}

/** Whether a session has ended although its row may not say so yet. */
export function isEnding({ endingSessions = [] }: Pick<StoredUser, 'endingSessions'>, sessionId: string): boolean {
  return endingSessions.some(({ sessionIds }) => sessionIds.includes(sessionId));
}

interface Waiting {
  readonly userId: string;
  readonly ending: EndingSessions;
}

export interface EndingSessionsDeps {
  readonly users: Pick<Users, 'addEndingSessions' | 'removeEndingSessions'>;
  readonly sessions: Pick<StoredSessions, 'endMany'>;
  readonly clock: Clock;
  readonly internalCall: () => Call;
  readonly onProblem: (problem: string, cause: unknown) => void;
  /** KEPT_MS unless given. */
  readonly keptMs?: number;
}

/**
 * Ends many sessions of a user at once: their ids are written to the user, and they have ended. Their rows follow in
 * the background, and the ids are taken out again. What a process leaves is found by the user's next Login.
 */
export class EndingSessionsWriter {
  readonly #waiting = new Map<string, Waiting>();
  readonly #removals = new Set<NodeJS.Timeout>();
  #work: Promise<void> | undefined;

  constructor(private readonly deps: EndingSessionsDeps) {}

  /** How many sessions have ended whose rows may not say so yet. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { ending }) => sum + ending.sessionIds.length, 0);
  }

  /**
   * When it resolves, none of these sessions can be refreshed any more, whatever becomes of this process. Every replica
   * must have been told of them before: nothing else is done about them when the call is made again. Returns how many
   * of them this call has ended; of several callers at once, one counts each.
   */
  async end(userId: string, ending: EndingSessions, call: Call): Promise<number> {
    const before = endingIds({ endingSessions: await this.deps.users.addEndingSessions(userId, ending, call) });
    this.#add(userId, ending);
    return ending.sessionIds.filter((id) => !before.has(id)).length;
  }

  /** Has the rows written that another process has left. */
  resume({ id, endingSessions = [] }: Pick<StoredUser, 'id' | 'endingSessions'>): void {
    const leftBefore = this.deps.clock.now() - LEFT_AFTER_MS;
    for (const ending of endingSessions) if (ending.at < leftBefore) this.#add(id, ending);
  }

  /** Resolves when all rows are written that this process has begun; the ids may stay until the next Login. */
  async close(): Promise<void> {
    await this.#work;
    for (const timer of this.#removals) clearTimeout(timer);
    this.#removals.clear();
  }

  #add(userId: string, ending: EndingSessions): void {
    if (this.#waiting.has(ending.id)) return;
    this.#waiting.set(ending.id, { userId, ending });
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    for (const { userId, ending } of this.#waiting.values()) {
      try {
        await this.#write(ending);
        this.#removeLater(userId, ending.id);
      } catch (cause) {
        this.deps.onProblem('Sessions that have ended could not all be marked as ended', cause);
      }
      this.#waiting.delete(ending.id);
    }
    // At once, not when the promise resolves: what is added from here on must begin anew.
    this.#work = undefined;
  }

  async #write({ at, reason, sessionIds }: EndingSessions): Promise<void> {
    const { sessions, internalCall } = this.deps;
    for (let first = 0; first < sessionIds.length; first += MOST_IN_WRITE) {
      await sessions.endMany(
        sessionIds.slice(first, first + MOST_IN_WRITE),
        { at: new Date(at), reason },
        internalCall(),
      );
    }
  }

  #removeLater(userId: string, endingId: string): void {
    const { users, internalCall, onProblem, keptMs = KEPT_MS } = this.deps;
    const timer = setTimeout(() => {
      this.#removals.delete(timer);
      users.removeEndingSessions(userId, endingId, internalCall()).catch((cause) => {
        onProblem('The ids of sessions that have ended stay with their user', cause);
      });
    }, keptMs);
    timer.unref();
    this.#removals.add(timer);
  }
}
