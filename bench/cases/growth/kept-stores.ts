import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addLiveSessions, type Filled } from '../../fill-store';
import type { Fact } from '../../section';
import { bothStores, databaseUrl, type StoreUnderTest } from '../stores';
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

  constructor(directory: string) {
    if ((process.env.MONGODB_URI ?? '') === '') {
      throw new Error('--stores needs MONGODB_URI: a mongod that the benchmark starts itself does not outlast it');
    }
    this.#directory = resolve(directory);
    mkdirSync(this.#directory, { recursive: true });
  }

  /** Both engines, for a store of this size. */
  async stores({ users }: Size): Promise<StoreUnderTest[]> {
    const directory = join(this.#directory, `embedded-${users}`);
    mkdirSync(directory, { recursive: true });
    return (await bothStores()).map((store): StoreUnderTest => {
      // What ends a run must not end these.
      const kept = { ...store, remove: async () => {} };
      if (store.database.kind === 'embedded') {
        void store.remove();
        return { ...kept, database: { kind: 'embedded', directory }, url: `file:${directory}` };
      }
      const url = databaseUrl(store.url, `postern-growth-${users}`);
      return { ...kept, database: { kind: 'mongodb', url }, url };
    });
  }

  /** What an earlier run has put in, if one has; the sessions that it ended are live again. */
  async find(store: StoreUnderTest, { users, filling }: Size): Promise<Kept | undefined> {
    const path = this.#path(store, users);
    if (!existsSync(path)) return undefined;
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    await addLiveSessions(store.database, kept.filled.heavy, filling.heavy.liveSessions);
    return kept;
  }

  keep(store: StoreUnderTest, { users }: Size, kept: Kept): void {
    writeFileSync(this.#path(store, users), JSON.stringify(kept));
  }

  #path({ name }: StoreUnderTest, users: number): string {
    return join(this.#directory, `${name}-${users}.json`);
  }
}
