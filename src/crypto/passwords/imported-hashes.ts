import { setTimeout as sleep } from 'node:timers/promises';
import type { PasswordHasher } from '../../auth/accounts/password-hasher';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { AuthError } from '../../auth/errors';
import type { AcceptedHash, ImportedHashes } from '../../auth/import/imported-hashes';
import { hashCost } from './imported/hash-cost';
import { boundsFault, parseHash } from './imported/parse-hash';
import { readRecipe } from './imported/read-recipe';
import { type Derivation, isFast, type Recipe } from './imported/recipe';
import { isImported, isSealed, type StoredRecipes } from './imported/stored-recipes';
import { byteLength } from './imported/texts';

export interface ImportedHashesDeps {
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly recipes: StoredRecipes;
  readonly clock: Clock;
}

/** How long an import waits before it asks a full hash pool again, in ms. */
const RETRY_MS = 50;
const WRAP_TIMEOUT_MS = 600_000;

/** See the port. One fast hash is wrapped at a time, so that logins find room in the pool. */
export function createImportedHashes({ hasher, recipes, clock }: ImportedHashesDeps): ImportedHashes {
  let last: Promise<unknown> = Promise.resolve();
  const wrap = (digest: string): Promise<string> => {
    const next = last.then(() => hashWhenThereIsRoom(hasher, digest, clock));
    last = next.catch(() => {});
    return next;
  };
  return {
    async accept(text, hints = {}): Promise<AcceptedHash> {
      // Django's unusable password: an account without one.
      if (/^![A-Za-z0-9]*$/.test(text)) return { hash: '' };
      if (isImported(text)) return acceptExported(text, recipes);
      const recipe = parseHash(text, hints);
      if (typeof recipe === 'string') return { refused: recipe };
      const isSecret = Boolean(hints.pepper) || recipe.derive.kind === 'firebase';
      if (!isFast(recipe.derive)) {
        return { hash: recipes.write(recipe, isSecret), cost: hashCost(recipe) };
      }
      const { expected = '', derive, ...rest } = recipe;
      const wrapped: Recipe = { ...rest, derive: keepLength(derive, expected), wrapped: await wrap(expected) };
      return { hash: recipes.write(wrapped, isSecret), cost: hashCost(wrapped), isWrapped: true };
    },
  };
}

/** How long a key is to be is said by the key alone, which is gone once it is wrapped. */
function keepLength(derive: Derivation, expected: string): Derivation {
  return derive.kind === 'pbkdf2' ? { ...derive, length: byteLength(expected) } : derive;
}

/** What `postern users export` wrote. One that is sealed opens with the SECRET_KEY that it was exported under. */
function acceptExported(text: string, recipes: StoredRecipes): AcceptedHash {
  let recipe: Recipe | undefined;
  try {
    recipe = readRecipe(recipes.read(text));
  } catch {
    // It was cut off, or is none.
  }
  if (recipe === undefined) return { refused: 'HASH_UNKNOWN' };
  const fault = boundsFault(recipe);
  if (fault !== undefined) return { refused: fault };
  return { hash: recipes.write(recipe, isSealed(text)), cost: hashCost(recipe) };
}

async function hashWhenThereIsRoom(
  hasher: Pick<PasswordHasher, 'hash'>,
  digest: string,
  clock: Clock,
): Promise<string> {
  const call = backgroundCall(clock);
  for (;;) {
    try {
      return await hasher.hash(digest, call);
    } catch (error) {
      if (!(error instanceof AuthError) || error.reason !== 'OVERLOADED') throw error;
      await sleep(RETRY_MS);
    }
  }
}

function backgroundCall(clock: Clock): Call {
  const { signal } = new AbortController();
  const own = { requestId: 'import', ipAddress: '', source: 'import', userAgent: '', bearer: '', cancelled: false };
  return { ...own, signal, arrivedAt: clock.now(), deadline: clock.monotonic() + WRAP_TIMEOUT_MS };
}
