import type { Clock } from '../clock';
import { readKeySet, type VerificationKey } from './verification-keys';

/** A new key is published at least half a minute before it signs, so what was read now has all that count. */
const MIN_INTERVAL_MS = 5_000;
const MAX_INTERVAL_MS = 60_000;
/** How long the last key set is used when no other can be read. */
const MAX_AGE_MS = 15 * 60_000;

/**
 * The published keys: read at the start, once a minute, and when a token names a key that is not among them, but at
 * most once in 5 s. What cannot be read leaves the keys as they are, for a quarter of an hour.
 */
export class KeySet {
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  /** Of the last attempt; by the monotonic clock. */
  #triedAt = Number.NEGATIVE_INFINITY;
  /** When the last one that was read had been asked for. */
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reads = 0;
  #lastError: Error | undefined;

  constructor(
    private readonly load: () => Promise<string>,
    private readonly clock: Clock,
  ) {}

  /** Reads the keys now and from time to time until `close`. */
  open(): void {
    const readAgain = (): void => {
      void this.refresh();
      // With jitter: a fleet that was started at once does not read at once for ever.
      const isKnown = this.isUsable();
      const delay = (isKnown ? MAX_INTERVAL_MS : MIN_INTERVAL_MS) * (0.9 + 0.2 * Math.random());
      this.#timer = setTimeout(readAgain, delay).unref();
    };
    readAgain();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  find(kid: string): VerificationKey | undefined {
    return this.#keys.get(kid);
  }

  /** Whether there are keys to verify by, and not for too long without a word of their publisher. */
  isUsable(): boolean {
    return this.#keys.size > 0 && this.clock.monotonic() - this.#readAt < MAX_AGE_MS;
  }

  /** Whether what is known is so new that a key which is not among them does not exist. */
  isCurrent(): boolean {
    return this.isUsable() && this.clock.monotonic() - this.#readAt < MIN_INTERVAL_MS;
  }

  /** Reads the keys unless that was tried less than 5 s ago; never rejects. Resolves when a reading under way ends. */
  refresh(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    const now = this.clock.monotonic();
    if (now - this.#triedAt < MIN_INTERVAL_MS) return Promise.resolve();
    this.#triedAt = now;
    this.#reading = this.#read(now).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** How often the keys were asked for, and why the last time failed, if it did. */
  stats(): { readonly reads: number; readonly lastError: Error | undefined } {
    return { reads: this.#reads, lastError: this.#lastError };
  }

  async #read(startedAt: number): Promise<void> {
    this.#reads += 1;
    try {
      this.#replace(await readKeySet(await this.load()));
      this.#readAt = startedAt;
      this.#lastError = undefined;
    } catch (error) {
      this.#lastError = error instanceof Error ? error : new Error(String(error));
    }
  }

  #replace(fresh: ReadonlyMap<string, VerificationKey>): void {
    const keys = new Map(fresh);
    for (const [kid, old] of this.#keys) {
      if (fresh.get(kid)?.text === old.text) keys.set(kid, old);
      else old.isPublished = false;
    }
    this.#keys = keys;
  }
}
