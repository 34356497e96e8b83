import { setTimeout as pause } from 'node:timers/promises';
import type { RevocationListener } from '../../auth/revocation/revocation-feed';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Brings the window, calls `onLoaded`, then brings what is new. Returns only when `stop` is aborted; throws when it
 * lost touch, and then nothing is promised about what it has brought.
 */
export type Span = (onLoaded: () => void, stop: AbortSignal) => Promise<void>;

/**
 * Runs one span after another: whatever breaks one, the next begins with the whole window, so nothing falls between
 * them.
 */
export class RevocationFollower {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly span: Span,
    private readonly listener: RevocationListener,
  ) {}

  /** Resolves when the window has been brought, or the follower was closed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve).finally(resolve);
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
        await this.span(() => {
          failures = 0;
          onLoaded();
        }, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0) this.listener.onBroken(error);
        const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
        failures += 1;
        await pause(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
