import { createSecretKey } from 'node:crypto';
import { systemClock } from '../../../src/auth/clock';
import { StoredRecipes } from '../../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../../src/crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';

/** The import of hashes and the hasher that verifies them, with cheap parameters; ended after the tests of the file. */
export function useImportedHashes() {
  const recipes = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 1)) });
  const options = { memoryKib: 8, time: 1, parallelism: 1, concurrency: 2, queue: 64, eventLoops: 1, recipes };
  const hasher = createPasswordHasher(options, systemClock);
  afterAll(() => hasher.close());
  return { recipes, options, hasher, imported: createImportedHashes({ hasher, recipes, clock: systemClock }) };
}
