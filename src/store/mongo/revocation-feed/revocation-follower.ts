import { setTimeout as pause } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { AuthError } from '../../../auth/errors';
import type { RevocationListener } from '../../../auth/revocation/revocation-feed';
import { type StoreOptions, StoreRefusedError, StoreUnreachableError } from '../../store';
import { translate } from '../commands/store-errors';
import { explainRefusal, readReason } from '../connection/server-refusal';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** How long a start waits for the window. */
const START_TIMEOUT_MS = 30_000;

/**
 * Loads the window, calls `onLoaded`, then brings what is new. Returns only when `stop` is aborted; throws when it
 * lost touch, and then nothing is promised about what it has brought.
 */
export type FollowUntilBroken = (onLoaded: () => void, stop: AbortSignal) => Promise<void>;

/**
 * Follows the feed again and again: whatever breaks it, the next time begins with the whole window, so nothing is
 * missed in between. It begins after an exponential backoff with jitter.
 */
export class RevocationFollower {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isLoaded = false;
  #lastError: unknown;

  constructor(
    private readonly followUntilBroken: FollowUntilBroken,
    private readonly listener: RevocationListener,
    private readonly onProblem: StoreOptions['onProblem'],
    private readonly startTimeoutMs = START_TIMEOUT_MS,
  ) {}

  /**
   * Resolves when the window has been loaded, or the follower was closed.
   *
   * @throws StoreRefusedError when the server refuses the feed itself; AuthError STORE_UNAVAILABLE when it could not
   * be loaded in time
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#stop.abort();
        reject(notInTime(this.#lastError));
      }, this.startTimeoutMs);
      const onLoaded = () => {
        this.#isLoaded = true;
        clearTimeout(timer);
        resolve();
      };
      this.#running = this.#run(onLoaded)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(onLoaded: () => void): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.followUntilBroken(() => {
          failures = 0;
          this.#lastError = undefined;
          onLoaded();
        }, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        // The reason of the server, not what callers would hear.
        const error = thrown instanceof AuthError ? (thrown.cause ?? thrown) : thrown;
        if (!this.#isLoaded) throwIfRefused(error);
        this.#report(error, failures);
        const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
        failures += 1;
        await pause(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Once for each reason of a row of failures: while a server is away, every try fails alike. */
  #report(error: unknown, failures: number): void {
    const isNew = failures === 0 || String(error) !== String(this.#lastError);
    this.#lastError = error;
    if (failures === 0) this.listener.onBroken(error);
    if (isNew) this.onProblem('The revocation feed is broken and is followed anew', error);
  }
}

/** What the server says against the feed as such: it will say so again. */
function throwIfRefused(error: unknown): void {
  const refusal = explainRefusal(error);
  if (refusal !== undefined) throw refusal;
  if (!(error instanceof mongo.MongoServerError) || translate(error) !== error) return;
  throw new StoreRefusedError(`MongoDB refuses the revocation feed: ${readReason(error)}`, { cause: error });
}

function notInTime(lastError: unknown): AuthError {
  const reason = lastError instanceof Error ? ` (${readReason(lastError)})` : '';
  const cause = new StoreUnreachableError(`The revocation feed could not be loaded in time${reason}`, {
    cause: lastError,
  });
  return new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1, cause });
}
