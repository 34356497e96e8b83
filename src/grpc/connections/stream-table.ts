/**
 * A Map by numbers for what comes and goes all the time. V8's own Map links every table that it has outgrown to the next one and leaves in
 * it what was there: once one of them is old, the collector of young objects must keep all that came later, each time. Here nothing is
 * linked. Not in the order of insertion but in that of the keys.
 *
 * A key has one place, at its last bits, which calls that come one after the other share with none that is still under way: to come and go
 * costs a tenth of what it costs in an object. What finds its place taken, by a stream that stays open for long, lives among the others.
 */
export class StreamTable<T> implements Map<number, T> {
  readonly #keys: number[] = new Array(PLACES).fill(FREE);
  readonly #values: (T | undefined)[] = new Array(PLACES).fill(undefined);
  #others: Record<number, T> = Object.create(null);
  #othersSize = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get [Symbol.toStringTag](): string {
    return 'StreamTable';
  }

  has(key: number): boolean {
    return this.#keys[placeOf(key)] === key || key in this.#others;
  }

  get(key: number): T | undefined {
    const place = placeOf(key);
    return this.#keys[place] === key ? this.#values[place] : this.#others[key];
  }

  set(key: number, value: T): this {
    const place = placeOf(key);
    const taken = this.#keys[place];
    if (taken !== key && (taken !== FREE || this.#isAmongOthers(key))) return this.#setAmongOthers(key, value);
    if (taken === FREE) this.#size += 1;
    this.#keys[place] = key;
    this.#values[place] = value;
    return this;
  }

  delete(key: number): boolean {
    const place = placeOf(key);
    if (this.#keys[place] !== key) return this.#deleteAmongOthers(key);
    this.#keys[place] = FREE;
    this.#values[place] = undefined;
    this.#size -= 1;
    return true;
  }

  clear(): void {
    this.#keys.fill(FREE);
    this.#values.fill(undefined);
    this.#others = Object.create(null);
    this.#othersSize = 0;
    this.#size = 0;
  }

  /** What is deleted meanwhile is left out, as in a Map. */
  forEach(visit: (value: T, key: number, table: Map<number, T>) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(self, value, key, this);
  }

  *entries(): MapIterator<[number, T]> {
    const placed = this.#keys.filter((key) => key !== FREE);
    const all = [...placed, ...Object.keys(this.#others).map(Number)].sort((a, b) => a - b);
    for (const key of all) if (this.has(key)) yield [key, this.get(key) as T];
  }

  *keys(): MapIterator<number> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<T> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[number, T]> {
    return this.entries();
  }

  #isAmongOthers(key: number): boolean {
    return this.#othersSize > 0 && key in this.#others;
  }

  #setAmongOthers(key: number, value: T): this {
    if (!(key in this.#others)) {
      this.#othersSize += 1;
      this.#size += 1;
    }
    this.#others[key] = value;
    return this;
  }

  #deleteAmongOthers(key: number): boolean {
    if (!this.#isAmongOthers(key)) return false;
    this.#othersSize -= 1;
    this.#size -= 1;
    return delete this.#others[key];
  }
}

/** More than a connection may have calls under way at once. */
const PLACES = 128;
/** No stream has this number. */
const FREE = -1;

/** Streams of clients have odd numbers. */
function placeOf(key: number): number {
  return (key >> 1) & (PLACES - 1);
}
