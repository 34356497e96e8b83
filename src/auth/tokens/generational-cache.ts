export interface GenerationalCacheOptions<Entry> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The size that an entry is counted with. */
  readonly countBytes: (entry: Entry) => number;
  /** How many characters of the end make the number that a text is looked up by. */
  readonly suffixLength: number;
  readonly isSameText: (a: string, b: string) => boolean;
  /** Hears of every entry that is dropped, but not of those that `delete` removes. */
  readonly onEvicted?: (entry: Entry) => void;
}

/**
 * A bounded cache of entries by their whole text. It has two generations, each of half the limits: what is used moves
 * to the young one; when that is full, it becomes the old one, and what was not used since the last time is dropped,
 * all
 * at once. A hit is one look-up: a list in the order of use cost twice as much.
 *
 * A text is looked up by a number made of its end, then compared as a whole: a Map of texts would hash all of a text
 * that came with this call, which costs more than everything else here. Two texts with one number replace each other.
 */
export class GenerationalCache<Entry extends { readonly text: string }> {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;

  constructor(private readonly options: GenerationalCacheOptions<Entry>) {}

  find(text: string): Entry | undefined {
    const hash = this.#hash(text);
    const young = this.#young.get(hash);
    if (young !== undefined && this.options.isSameText(young.text, text)) return young;
    const old = this.#old.get(hash);
    if (old === undefined || !this.options.isSameText(old.text, text)) return undefined;
    this.#old.delete(hash);
    this.#keep(hash, old);
    return old;
  }

  add(entry: Entry): void {
    const hash = this.#hash(entry.text);
    const older = this.#old.get(hash);
    this.#old.delete(hash);
    if (older !== undefined) this.options.onEvicted?.(older);
    this.#keep(hash, entry);
  }

  delete(text: string): void {
    const hash = this.#hash(text);
    if (this.#young.get(hash)?.text === text) this.#removeYoung(hash);
    if (this.#old.get(hash)?.text === text) this.#old.delete(hash);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  *[Symbol.iterator](): Generator<Entry> {
    yield* this.#young.values();
    yield* this.#old.values();
  }

  clear(): void {
    this.#startGeneration();
    this.#startGeneration();
  }

  #keep(hash: number, entry: Entry): void {
    const { maxEntries, maxBytes, countBytes, onEvicted } = this.options;
    const replaced = this.#removeYoung(hash);
    if (replaced !== undefined) onEvicted?.(replaced);
    const bytes = countBytes(entry);
    const isFull = this.#young.size + 1 > maxEntries / 2 || this.#youngBytes + bytes > maxBytes / 2;
    if (isFull) this.#startGeneration();
    this.#youngBytes += bytes;
    this.#young.set(hash, entry);
  }

  #removeYoung(hash: number): Entry | undefined {
    const entry = this.#young.get(hash);
    if (entry === undefined) return undefined;
    this.#youngBytes -= this.options.countBytes(entry);
    this.#young.delete(hash);
    return entry;
  }

  #startGeneration(): void {
    const { onEvicted } = this.options;
    if (onEvicted !== undefined) for (const entry of this.#old.values()) onEvicted(entry);
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /** FNV-1a of the end. */
  #hash(text: string): number {
    let hash = text.length;
    for (let at = Math.max(0, text.length - this.options.suffixLength); at < text.length; at += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
    return hash;
  }
}
