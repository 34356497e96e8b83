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
 *
 * Bounded by two generations, each of half the limits. What is used moves to the young one; when that is full, it becomes the old one and
 * what was not used since the last time is forgotten, all at once. A hit is one look-up: a list in the order of use cost twice as much.
 */
export class VerifiedTokens {
  #young = new Map<string, Verified>();
  #old = new Map<string, Verified>();
  #youngBytes = 0;
  #keyringVersion: number;
  #hits = 0;
  #misses = 0;

  constructor(
    private readonly limits: VerifiedTokensLimits,
    private readonly keyring: Keyring,
  ) {
    this.#keyringVersion = keyring.version;
  }

  get(token: string): AccessClaims | undefined {
    if (this.#keyringVersion !== this.keyring.version) this.#forgetGoneKeys();
    const verified = this.#young.get(token) ?? this.#rejuvenated(token);
    if (verified === undefined) this.#misses += 1;
    else this.#hits += 1;
    return verified?.claims;
  }

  add(token: string, claims: AccessClaims, kid: string): void {
    // A copy: the text may be a slice that keeps a whole message alive.
    this.#keep(Buffer.from(token, 'latin1').toString('latin1'), { claims, kid });
  }

  delete(token: string): void {
    if (this.#young.delete(token)) this.#youngBytes -= token.length + ENTRY_BYTES;
    this.#old.delete(token);
  }

  stats(): VerifiedTokensStats {
    return { hits: this.#hits, misses: this.#misses, size: this.#young.size + this.#old.size };
  }

  #rejuvenated(token: string): Verified | undefined {
    const verified = this.#old.get(token);
    if (verified !== undefined) this.add(token, verified.claims, verified.kid);
    return verified;
  }

  #keep(token: string, verified: Verified): void {
    const bytes = token.length + ENTRY_BYTES;
    const isFull =
      this.#young.size + 1 > this.limits.maxEntries / 2 || this.#youngBytes + bytes > this.limits.maxBytes / 2;
    if (isFull) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    if (!this.#young.has(token)) this.#youngBytes += bytes;
    this.#young.set(token, verified);
    this.#old.delete(token);
  }

  #forgetGoneKeys(): void {
    this.#keyringVersion = this.keyring.version;
    for (const [token, { kid }] of [...this.#young, ...this.#old]) {
      if (this.keyring.find(kid) === undefined) this.delete(token);
    }
  }
}
