import { createSecretKey } from 'node:crypto';
import { systemClock } from '../../../src/auth/clock';
import { StoredRecipes } from '../../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../../src/crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';
import type { Database } from '../../../src/store/open-store';
import { ONE_OF_EACH_FORMAT } from '../../../test/support/crypto/imported-vectors';
import { SECRET_KEY } from '../../secret-key';
import { call, inBatches, newUser, openSeedStore } from '../../seed';

/** A hash of a format as the import stores it. */
export interface ImportedFormat {
  readonly format: string;
  readonly hash: string;
  /** What of its cost compares with no other: `argon2-m14`, `pbkdf2-sha256`. */
  readonly kind: string;
  readonly cost: string;
}

/** What the service has by default. */
const ARGON2 = { memoryKib: 19_456, time: 2, parallelism: 1 };

/** One hash of each format that the tests have a vector of. */
export async function importedFormats(): Promise<ImportedFormat[]> {
  const recipes = new StoredRecipes({ current: createSecretKey(Buffer.from(SECRET_KEY)) });
  const hasher = createPasswordHasher({ ...ARGON2, concurrency: 1, queue: 256, eventLoops: 1 }, systemClock);
  const imported = createImportedHashes({ hasher, recipes, clock: systemClock });
  const formats = await Promise.all(
    ONE_OF_EACH_FORMAT.map(async ({ format, hash, hints }) => {
      const accepted = await imported.accept(hash, hints);
      if ('refused' in accepted) throw new Error(`${format}: ${accepted.refused}`);
      const { cost = '' } = accepted;
      return { format, hash: accepted.hash, cost, kind: cost.slice(0, cost.indexOf(':')) };
    }),
  );
  await hasher.close();
  return formats;
}

/** An account of each of these formats: the names, by format. */
export async function storeImported(
  database: Database,
  formats: readonly ImportedFormat[],
): Promise<ReadonlyMap<string, string>> {
  const store = await openSeedStore(database);
  const accounts = formats.map(({ format, hash, cost }, n) => ({
    format,
    user: { ...newUser(1_000_000 + n, hash), importedHashCost: cost },
  }));
  await inBatches(accounts, ({ user }) => store.users.insert(user, call()));
  await store.close();
  return new Map(accounts.map(({ format, user }) => [format, user.username]));
}
