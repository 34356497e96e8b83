import type { AcceptedHash, ImportedHashes } from '../../auth/import/imported-hashes';
import { type Argon2Cost, readArgon2Cost } from './phc-string';

/** More than what these ask of one login, no hash of elsewhere may. */
const MOST: Argon2Cost = { memoryKib: 256 * 1024, time: 10, parallelism: 16 };

/** Takes PHC strings of argon2id as they come. */
export function createImportedHashes(): ImportedHashes {
  return {
    async accept(text): Promise<AcceptedHash> {
      const cost = readArgon2Cost(text);
      if (cost === undefined) return { refused: 'HASH_UNKNOWN' };
      const isTooCostly =
        cost.memoryKib > MOST.memoryKib || cost.time > MOST.time || cost.parallelism > MOST.parallelism;
      return isTooCostly ? { refused: 'HASH_TOO_COSTLY' } : { hash: text };
    },
  };
}
