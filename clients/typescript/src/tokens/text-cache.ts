export interface TextCacheLimits {
  readonly maxEntries: number;
  /** Of all texts together, in characters, with what an entry takes beside its text. */
  readonly maxBytes: number;
}

/** What an entry takes beside its text, in bytes, roughly. */
const ENTRY_BYTES = 1_000;
/** The end of a token belongs to its signature, the end of an API key to its checksum: as good as random. */
const SUFFIX_LENGTH = 8;

/**
 * A bounded cache of entries by their whole text. It has two generations, each of half the limits: what is used moves
 * to the young one; when that is full it becomes the old one, and what was not used since the last time is dropped,
 * all at once. A text is looked up by a number made of its end, then compared as a whole: a Map of texts would hash all
 * of a text that came with a request, which costs more than everything else here.
 */
export class TextCache<Entry extends { readonly text: string }> {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;

  /** @param isSameText compares the text of an entry with one that has the same end and length */
  constructor(
    private readonly limits: TextCacheLimits,
    private readonly isSameText: (a: string, b: string) => boolean = (a, b) => a === b,
  ) {}

  find(text: string): Entry | undefined {
    const hash = hashEnd(text);
    const young = this.#young.get(hash);
    if (young !== undefined && this.isSameText(young.text, text)) return young;
    const old = this.#old.get(hash);
    if (old === undefined || !this.isSameText(old.text, text)) return undefined;
    this.#old.delete(hash);
    this.#keep(hash, old);
    return old;
  }

  add(entry: Entry): void {
    const hash = hashEnd(entry.text);
    this.#old.delete(hash);
    this.#keep(hash, entry);
  }

  delete(text: string): void {
    const hash = hashEnd(text);
    if (this.#young.get(hash)?.text === text) this.#removeYoung(hash);
    if (this.#old.get(hash)?.text === text) this.#old.delete(hash);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  clear(): void {
    this.#startGeneration();
    this.#startGeneration();
  }

  #keep(hash: number, entry: Entry): void {
    const { maxEntries, maxBytes } = this.limits;
    this.#removeYoung(hash);
    const bytes = countBytes(entry);
    if (this.#young.size + 1 > maxEntries / 2 || this.#youngBytes + bytes > maxBytes / 2) this.#startGeneration();
    this.#youngBytes += bytes;
    this.#young.set(hash, entry);
  }

  #removeYoung(hash: number): void {
    const entry = this.#young.get(hash);
    if (entry === undefined) return;
    this.#youngBytes -= countBytes(entry);
    this.#young.delete(hash);
  }

  #startGeneration(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

/** A text that keeps nothing else in memory: what came with a request may be a slice of all of it. */
export function copyText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function countBytes({ text }: { readonly text: string }): number {
  return text.length + ENTRY_BYTES;
}

/** FNV-1a of the end. */
function hashEnd(text: string): number {
  let hash = text.length;
  for (let at = Math.max(0, text.length - SUFFIX_LENGTH); at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}
