import { LRUCache } from 'lru-cache';
import type { AccessClaims } from '../auth/ports';
import type { Keyring } from './keyring';

export interface VerifiedTokensLimits {
  readonly maxEntries: number;
  /** Of tokens and claims together, estimated. */
  readonly maxBytes: number;
}

export interface VerifiedTokensStats {
  readonly hits: number;
  readonly misses: number;
  readonly size: number;
}

interface Verified {
  readonly claims: AccessClaims;
  readonly kid: string;
}

/** What an entry takes beside the text of its token, in bytes. */
const ENTRY_BYTES = 600;

/**
 * The claims of tokens that were verified, by the whole text of the token and nothing less. Holds no refusals: they would let anyone
 * who sends rubbish drive out the rest. Expiry is looked at by whoever asks; the tokens of a key that is gone are forgotten.
 */
export class VerifiedTokens {
  readonly #tokens: LRUCache<string, Verified>;
  #keyringVersion: number;
  #hits = 0;
  #misses = 0;

  constructor(
    limits: VerifiedTokensLimits,
    private readonly keyring: Keyring,
  ) {
    this.#keyringVersion = keyring.version;
    this.#tokens = new LRUCache({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      sizeCalculation: (_, token) => token.length + ENTRY_BYTES,
    });
  }

  get(token: string): AccessClaims | undefined {
    if (this.#keyringVersion !== this.keyring.version) this.#forgetGoneKeys();
    const verified = this.#tokens.get(token);
    if (verified === undefined) this.#misses += 1;
    else this.#hits += 1;
    return verified?.claims;
  }

  add(token: string, claims: AccessClaims, kid: string): void {
    // A copy: the text may be a slice that keeps a whole message alive.
    this.#tokens.set(Buffer.from(token, 'latin1').toString('latin1'), { claims, kid });
  }

  delete(token: string): void {
    this.#tokens.delete(token);
  }

  stats(): VerifiedTokensStats {
    return { hits: this.#hits, misses: this.#misses, size: this.#tokens.size };
  }

  #forgetGoneKeys(): void {
    this.#keyringVersion = this.keyring.version;
    for (const [token, { kid }] of [...this.#tokens]) {
      if (this.keyring.find(kid) === undefined) this.#tokens.delete(token);
    }
  }
}
