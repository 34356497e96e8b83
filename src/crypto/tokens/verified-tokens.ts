import { RevocationCheck } from '../../auth/revocation/revocation-check';
import type { AccessClaims, VerifiedToken } from '../../auth/tokens/access-tokens';
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
  readonly token: string;
  readonly kid: string;
}

/**
 * What an entry takes beside the text of its token, in bytes: its claims, and the answers that are kept for them.
 * Measured.
 */
const ENTRY_BYTES = 970;

/**
 * The claims of tokens that were verified, by the whole text of the token and nothing less. Holds no refusals: they
 * would let anyone who sends rubbish drive out the rest. Expiry is looked at by whoever asks; the tokens of a key that
 * is gone are forgotten.
 *
 * Bounded by two generations, each of half the limits. What is used moves to the young one; when that is full, it
 * becomes the old one and what was not used since the last time is forgotten, all at once. A hit is one look-up: a list
 * in the order of use cost twice as much.
 *
 * Looked up by a number made of the end of the token, then compared as a whole: a Map of texts would hash all of a text
 * that came with this call, which costs more than everything else here. Two tokens with one number take each other's
 * place, and are verified again.
 */
export class VerifiedTokens {
  #young = new Map<number, Verified>();
  #old = new Map<number, Verified>();
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

  get(token: string): VerifiedToken | undefined {
    if (this.#keyringVersion !== this.keyring.version) this.#forgetGoneKeys();
    const mark = markOf(token);
    const young = this.#young.get(mark);
    const verified = young?.token === token ? young : this.#rejuvenated(mark, token);
    if (verified === undefined) this.#misses += 1;
    else this.#hits += 1;
    return verified;
  }

  add(token: string, claims: AccessClaims, kid: string): VerifiedToken {
    // A copy: the text may be a slice that keeps a whole message alive.
    const copy = Buffer.from(token, 'latin1').toString('latin1');
    const verified = { token: copy, claims, kid, check: new RevocationCheck() };
    this.#keep(markOf(token), verified);
    return verified;
  }

  delete(token: string): void {
    const mark = markOf(token);
    if (this.#young.get(mark)?.token === token) this.#forgetYoung(mark);
    if (this.#old.get(mark)?.token === token) this.#old.delete(mark);
  }

  stats(): VerifiedTokensStats {
    return { hits: this.#hits, misses: this.#misses, size: this.#young.size + this.#old.size };
  }

  #rejuvenated(mark: number, token: string): Verified | undefined {
    const verified = this.#old.get(mark);
    if (verified?.token !== token) return undefined;
    this.#keep(mark, verified);
    return verified;
  }

  #keep(mark: number, verified: Verified): void {
    this.#forgetYoung(mark);
    this.#old.delete(mark);
    const bytes = bytesOf(verified);
    const isFull =
      this.#young.size + 1 > this.limits.maxEntries / 2 || this.#youngBytes + bytes > this.limits.maxBytes / 2;
    if (isFull) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#youngBytes += bytes;
    this.#young.set(mark, verified);
  }

  #forgetYoung(mark: number): void {
    const verified = this.#young.get(mark);
    if (verified === undefined) return;
    this.#youngBytes -= bytesOf(verified);
    this.#young.delete(mark);
  }

  #forgetGoneKeys(): void {
    this.#keyringVersion = this.keyring.version;
    for (const { token, kid } of [...this.#young.values(), ...this.#old.values()]) {
      if (this.keyring.find(kid) === undefined) this.delete(token);
    }
  }
}

function bytesOf({ token }: Verified): number {
  return token.length + ENTRY_BYTES;
}

/** How many characters of the end tell tokens apart: they are those of the signature, as good as chosen by chance. */
const MARK_LENGTH = 8;

/** FNV-1a of the end. */
function markOf(token: string): number {
  let mark = token.length;
  for (let at = Math.max(0, token.length - MARK_LENGTH); at < token.length; at += 1) {
    mark = Math.imul(mark ^ token.charCodeAt(at), 0x01000193);
  }
  return mark;
}
