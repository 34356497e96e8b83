import type { Users } from '../auth/accounts/users';
import type { Call } from '../auth/call';
import type { Clock } from '../auth/clock';
import type { Config } from '../config/config';
import { createRowDigests } from '../crypto/import/row-digests';
import { commonPasswords } from '../crypto/passwords/common-passwords';
import { StoredRecipes } from '../crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../crypto/passwords/password-hasher';
import type { Tracing } from '../observability/tracing/tracing';
import type { Closers } from './closers';

/** The share of REQUEST_TIMEOUT_SECONDS that a refused login is held at most: it is to be answered. */
const LONGEST_HOLD = 0.8;

export interface OpenPasswordsDeps {
  readonly users: Pick<Users, 'listDearestImported'>;
  readonly clock: Clock;
  readonly internalCall: () => Call;
  readonly hashing: Tracing['hashing'] | undefined;
}

/** What makes and verifies password hashes, those of imported accounts among them. */
export function openPasswords(
  config: Config,
  { users, clock, internalCall, hashing }: OpenPasswordsDeps,
  closers: Closers,
) {
  const { passwords } = config;
  const recipes = new StoredRecipes(config.secrets);
  const hasher = createPasswordHasher(
    {
      recipes,
      refusals: {
        listDearest: () => users.listDearestImported(internalCall()),
        longestMs: config.requestTimeoutMs * LONGEST_HOLD,
      },
      ...passwords.argon2,
      concurrency: passwords.hashConcurrency,
      queue: passwords.hashQueue,
      eventLoops: config.workers,
    },
    clock,
    hashing,
  );
  closers.push('password hasher', () => hasher.close());
  return {
    hasher,
    importedHashes: createImportedHashes({ hasher, recipes, clock }),
    rowDigests: createRowDigests(),
    passwordPolicy: { minLength: passwords.minLength, commonPasswords },
  };
}
