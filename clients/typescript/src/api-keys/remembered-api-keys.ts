import { type Accepted, type Answer, accept, refuse } from '../answer';
import type { Clock } from '../clock';
import type { Revocations } from '../feed/revocations';
import { copyText, TextCache } from '../tokens/text-cache';

interface RememberedApiKey {
  readonly text: string;
  readonly answer: Accepted;
  /** By the monotonic clock. */
  readonly askedAt: number;
  /** Of the feed when it was last looked whether it had news of the key. */
  revision: number;
}

const MAX_KEYS = 10_000;
const MAX_AGE_MS = 60_000;

/**
 * What the service said of API keys, kept until the feed has news of the key or its owner, or for 60 s. Only keys that
 * were let through are kept: others would let anybody push these out.
 */
export class RememberedApiKeys {
  readonly #keys = new TextCache<RememberedApiKey>(
    { maxEntries: MAX_KEYS, maxBytes: Number.POSITIVE_INFINITY },
    isSameSecret,
  );

  constructor(
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /** Only to be asked while the feed is fresh. */
  find(text: string): Answer | undefined {
    const known = this.#keys.find(text);
    if (known === undefined) return undefined;
    if (this.clock.monotonic() - known.askedAt >= MAX_AGE_MS || !this.#isCurrent(known)) {
      this.#keys.delete(text);
      return undefined;
    }
    const { expiresAt } = known.answer.principal;
    return this.clock.now() < expiresAt.getTime() ? known.answer : refuse('TOKEN_EXPIRED', 'local');
  }

  /**
   * @param askedAt when the service was asked, by the monotonic clock: what the feed told since, or shortly before, may
   *   be news to the replica that was asked
   */
  add(text: string, { principal }: Accepted, askedAt: number): void {
    const { revision } = this.revocations;
    // A role that the feed took away may still be among those of a replica that is far behind.
    if (this.revocations.hasChangedSince(principal, askedAt) || this.revocations.judge(principal) !== principal) return;
    this.#keys.add({ text: copyText(text), answer: accept(principal, 'local'), askedAt, revision });
  }

  get size(): number {
    return this.#keys.size;
  }

  #isCurrent(key: RememberedApiKey): boolean {
    if (key.revision === this.revocations.revision) return true;
    key.revision = this.revocations.revision;
    return !this.revocations.hasChangedSince(key.answer.principal, key.askedAt);
  }
}

/** In a time that does not depend on where they differ: anybody can compute the checksum by which a key is found. */
function isSameSecret(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
