import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addLiveSessions, type Filled } from '../../fill-store';
import type { Fact } from '../../section';
import { bothStoresIn, type StoreUnderTest } from '../stores';
import type { Size } from './sizes';

interface Kept {
  readonly filled: Filled;
  readonly disk: readonly Fact[];
}

/**
 * Filled stores that outlast a run (`--stores DIR`), since filling them takes longer than measuring: the embedded ones
 * in the directory, those of MongoDB as databases of the server that MONGODB_URI names.
 */
export class KeptStores {
  readonly #directory: string;
  readonly #mongoUrl = process.env.MONGODB_URI ?? '';

  constructor(directory: string) {
    if (this.#mongoUrl === '') {
      throw new Error('--stores needs MONGODB_URI: a mongod that the benchmark starts itself does not outlast it');
    }
    this.#directory = resolve(directory);
    mkdirSync(this.#directory, { recursive: true });
  }

  /** Both engines, for a store of this size. */
  stores({ users }: Size): Promise<StoreUnderTest[]> {
    const database = `postern-growth-${users}-${digest(this.#directory)}`;
    return bothStoresIn(join(this.#directory, `embedded-${users}`), this.#mongoUrl, database);
  }

  /**
   * What an earlier run has put in, if one has; the sessions that it ended are live again. Otherwise what a run has
   * left that did not fill it to the end is removed.
   */
  async find(store: StoreUnderTest, { filling }: Size): Promise<Kept | undefined> {
    const path = this.#path(store);
    if (!existsSync(path)) {
      await store.remove();
      return undefined;
    }
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    await addLiveSessions(store.database, kept.filled.heavy, filling.heavy.liveSessions);
    return kept;
  }

  keep(store: StoreUnderTest, kept: Kept): void {
    writeFileSync(this.#path(store), JSON.stringify(kept));
  }

  #path({ name, url }: StoreUnderTest): string {
    return join(this.#directory, `${name}-${digest(url)}.json`);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
