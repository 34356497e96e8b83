/**
 * A Map by numbers for what comes and goes all the time. V8's own Map links every table that it has outgrown to the next one and leaves in
 * it what was there: once one of them is old, the collector of young objects must keep all that came later, each time. Here nothing is
 * linked. Not in the order of insertion but in that of the keys.
 */
export class StreamTable<T> implements Map<number, T> {
  #rows: Record<number, T> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get [Symbol.toStringTag](): string {
    return 'StreamTable';
  }

  has(key: number): boolean {
    return key in this.#rows;
  }

  get(key: number): T | undefined {
    return this.#rows[key];
  }

  set(key: number, value: T): this {
    if (!(key in this.#rows)) this.#size += 1;
    this.#rows[key] = value;
    return this;
  }

  delete(key: number): boolean {
    if (!(key in this.#rows)) return false;
    this.#size -= 1;
    return delete this.#rows[key];
  }

  clear(): void {
    this.#rows = Object.create(null);
    this.#size = 0;
  }

  /** What is deleted meanwhile is left out, as in a Map. */
  forEach(visit: (value: T, key: number, table: Map<number, T>) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(self, value, key, this);
  }

  *entries(): MapIterator<[number, T]> {
    for (const key of Object.keys(this.#rows).map(Number)) {
      if (key in this.#rows) yield [key, this.#rows[key] as T];
    }
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
}
