import { RevocationCheck } from '../../auth/revocation/revocation-check';
import type { AccessClaims, VerifiedToken } from '../../auth/tokens/access-tokens';
import { GenerationalCache } from '../../auth/tokens/generational-cache';
import type { Keyring } from '../keys/keyring';

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

interface Verified extends VerifiedToken {
  /** The token. */
  readonly text: string;
  readonly kid: string;
}

/**
 * What an entry takes beside the text of its token, in bytes: its claims, and the answers that are kept for them.
 * Measured.
 */
const ENTRY_BYTES = 970;
/** The end of a token belongs to its signature, so these characters are as good as random. */
const SUFFIX_LENGTH = 8;

/**
 * The claims of tokens that were verified. Holds no refusals: they would let anyone who sends rubbish evict the rest.
 * The caller checks the expiry; the tokens of a removed key are dropped.
 */
export class VerifiedTokens {
  readonly #cache: GenerationalCache<Verified>;
  #keyringVersion: number;
  #hits = 0;
  #misses = 0;

  constructor(
    limits: VerifiedTokensLimits,
    private readonly keyring: Keyring,
  ) {
    this.#cache = new GenerationalCache<Verified>({
      ...limits,
      countBytes: ({ text }) => text.length + ENTRY_BYTES,
      suffixLength: SUFFIX_LENGTH,
      isSameText: (a, b) => a === b,
    });
    this.#keyringVersion = keyring.version;
  }

  get(token: string): VerifiedToken | undefined {
    if (this.#keyringVersion !== this.keyring.version) this.#dropRemovedKeys();
    const verified = this.#cache.find(token);
    if (verified === undefined) this.#misses += 1;
    else this.#hits += 1;
    return verified;
  }

  add(token: string, claims: AccessClaims, kid: string): VerifiedToken {
    // A copy: the text may be a slice that keeps a whole message alive.
    const text = Buffer.from(token, 'latin1').toString('latin1');
    const verified = { text, claims, kid, check: new RevocationCheck() };
    this.#cache.add(verified);
    return verified;
  }

  delete(token: string): void {
    this.#cache.delete(token);
  }

  stats(): VerifiedTokensStats {
    return { hits: this.#hits, misses: this.#misses, size: this.#cache.size };
  }

  #dropRemovedKeys(): void {
    this.#keyringVersion = this.keyring.version;
    for (const { text, kid } of [...this.#cache]) if (this.keyring.find(kid) === undefined) this.#cache.delete(text);
  }
}
