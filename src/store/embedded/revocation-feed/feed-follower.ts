import type { Clock } from '../../../auth/clock';
import { nextIteration } from '../../../auth/next-iteration';
import type { RevocationListener } from '../../../auth/revocation/revocation-feed';
import type { Engine } from '../engine/engine';
import { numberKey } from '../engine/keys';

/** How often a process looks for what others have appended. */
const POLL_MS = 250;
/** Records brought before other calls are answered. */
const SLICE_SIZE = 500;

/** Brings one listener everything that is in the feed, in the order of its numbers. */
export class FeedFollower {
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;
  #isBroken = false;

  constructor(
    private readonly engine: Engine,
    private readonly clock: Clock,
    private readonly windowMs: number,
    private readonly listener: RevocationListener,
  ) {}

  /** Brings the window, then goes on by itself until stopped. Rejects when the feed cannot be read. */
  async start(): Promise<void> {
    let at = this.clock.monotonic();
    while (this.#bring()) {
      await nextIteration();
      at = this.clock.monotonic();
    }
    this.listener.onFresh(at);
    this.#timer = setInterval(() => this.wake(), POLL_MS).unref();
  }

  /** Brings what is new. */
  wake(): void {
    if (this.#timer === undefined) return;
    try {
      const at = this.clock.monotonic();
      const isBehind = this.#bring();
      this.#isBroken = false;
      if (isBehind) setImmediate(() => this.wake());
      else this.listener.onFresh(at);
    } catch (cause) {
      if (!this.#isBroken) this.listener.onBroken(cause);
      this.#isBroken = true;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One slice; returns whether there may be more. */
  #bring(): boolean {
    const start = numberKey(this.#seen);
    const records = this.engine.snapshot(({ feed }) => [
      ...feed.getRange({ start, exclusiveStart: true, limit: SLICE_SIZE }),
    ]);
    const oldest = this.clock.now() - this.windowMs;
    for (const { key, value } of records) {
      if (value.at > oldest) this.listener.onRecord(value);
      this.#seen = Number(key.readBigUInt64BE());
    }
    return records.length === SLICE_SIZE;
  }
}
