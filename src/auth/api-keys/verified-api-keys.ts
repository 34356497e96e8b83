import type { VerifiedApiKey } from './verified-api-key';

/**
 * Keys that were verified, by their whole text. Bounded by two generations, each of half the limit, as `VerifiedTokens`
 * is: what is used moves to the young one; when that is full it becomes the old one, and what was not used since is
 * forgotten. Looked up by a number made of the end of the text, then compared as a whole in constant time: two keys
 * with one number take each other's place.
 */
export class VerifiedApiKeys {
  #young = new Map<number, VerifiedApiKey>();
  #old = new Map<number, VerifiedApiKey>();

  constructor(
    private readonly maxEntries: number,
    /** Hears of every key that is forgotten. */
    private readonly onEvicted: (key: VerifiedApiKey) => void,
  ) {}

  find(text: string): VerifiedApiKey | undefined {
    const mark = markOf(text);
    const young = this.#young.get(mark);
    if (young !== undefined && isSameText(young.text, text)) return young;
    const old = this.#old.get(mark);
    if (old === undefined || !isSameText(old.text, text)) return undefined;
    this.#old.delete(mark);
    this.#keep(mark, old);
    return old;
  }

  add(key: VerifiedApiKey): void {
    const mark = markOf(key.text);
    const older = this.#old.get(mark);
    if (older !== undefined) this.onEvicted(older);
    this.#old.delete(mark);
    this.#keep(mark, key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  *[Symbol.iterator](): Generator<VerifiedApiKey> {
    yield* this.#young.values();
    yield* this.#old.values();
  }

  clear(): void {
    for (const key of this) this.onEvicted(key);
    this.#young = new Map();
    this.#old = new Map();
  }

  #keep(mark: number, key: VerifiedApiKey): void {
    const younger = this.#young.get(mark);
    if (younger !== undefined) this.onEvicted(younger);
    else if (this.#young.size + 1 > this.maxEntries / 2) this.#forgetOld();
    this.#young.set(mark, key);
  }

  #forgetOld(): void {
    for (const key of this.#old.values()) this.onEvicted(key);
    this.#old = this.#young;
    this.#young = new Map();
  }
}

/** How many characters of the end tell keys apart: the checksum, and with it everything before. */
const MARK_LENGTH = 6;

/** FNV-1a of the end. */
function markOf(text: string): number {
  let mark = text.length;
  for (let at = Math.max(0, text.length - MARK_LENGTH); at < text.length; at += 1) {
    mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193);
  }
  return mark;
}

/**
 * In a time that does not depend on where they differ: the checksum by which one is found can be computed by anybody.
 */
function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
