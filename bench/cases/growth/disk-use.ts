import { statSync } from 'node:fs';
import { join } from 'node:path';
import { mongoClient } from '../../../test/support/mongo/mongo-client';
import type { Fact } from '../../section';
import type { StoreUnderTest } from '../stores';

/** What a row of each kind takes on the disk, indexes included. */
export class DiskUse {
  readonly #perRow: { readonly kind: string; readonly bytes: number }[] = [];

  private constructor(
    private readonly store: StoreUnderTest,
    private bytes: number,
  ) {}

  static async of(store: StoreUnderTest): Promise<DiskUse> {
    return new DiskUse(store, await measureBytes(store));
  }

  /** All rows of this kind are in. */
  async add(kind: string, rows: number): Promise<void> {
    const bytes = await measureBytes(this.store);
    this.#perRow.push({ kind, bytes: (bytes - this.bytes) / rows });
    this.bytes = bytes;
  }

  facts(): Fact[] {
    return this.#perRow.map(({ kind, bytes }) => ({
      name: `disk, ${this.store.name}, a row of the kind ${kind}`,
      value: bytes,
      unit: 'bytes',
    }));
  }
}

/** MongoDB compresses; what it has not yet written does not count. */
async function measureBytes({ database, url }: StoreUnderTest): Promise<number> {
  if (database.kind === 'embedded') {
    return statSync(join(database.directory, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0;
  }
  const client = await mongoClient(url).connect();
  try {
    await client.db('admin').command({ fsync: 1 });
    const { totalSize } = await client.db().command({ dbStats: 1 });
    return Number(totalSize);
  } finally {
    await client.close();
  }
}
