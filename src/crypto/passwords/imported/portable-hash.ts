import type { Recipe } from './recipe';
import { readPlainRecipe } from './stored-recipes';

/**
 * A stored hash as other systems read it: the PHC string of an imported argon2 hash, the text of a bcrypt hash. What
 * has
 * no such text (a wrapped or prepared hash, one that is sealed) stays as it is stored.
 */
export function toPortableHash(stored: string): string {
  const recipe = readPlainRecipe(stored);
  return (recipe && writeText(recipe)) ?? stored;
}

function writeText({ prepare = [], derive, expected }: Recipe): string | undefined {
  if (prepare.length > 0 || expected === undefined) return undefined;
  if (derive.kind === 'bcrypt') {
    const digest = Buffer.from(expected, 'base64').toString();
    return `$2b$${String(derive.cost).padStart(2, '0')}$${derive.salt}${digest}`;
  }
  if (derive.kind !== 'argon2') return undefined;
  const { type, version, memory, time, lanes, salt } = derive;
  const [salt64, hash64] = [salt, expected].map((base64) => base64.replace(/=+$/, ''));
  return `$argon2${type}$v=${version}$m=${memory},t=${time},p=${lanes}$${salt64}$${hash64}`;
}
