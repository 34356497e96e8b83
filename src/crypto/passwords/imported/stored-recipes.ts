import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { deriveKey } from '../../keys/derive-key';
import type { Recipe } from './recipe';

const PLAIN = '$imported$v=1$';
const SEALED = '$imported-sealed$v=1$';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface RecipeSecrets {
  readonly current: KeyObject;
  readonly previous?: KeyObject | undefined;
}

/**
 * Recipes as text: base64url of their JSON. One that holds a secret of its origin (a pepper, Firebase's signer key) is
 * encrypted with AES-256-GCM under a key derived from SECRET_KEY: the store alone then gives nothing to guess with.
 */
export class StoredRecipes {
  readonly #keys: readonly KeyObject[];

  constructor({ current, previous }: RecipeSecrets) {
    const secrets = previous === undefined ? [current] : [current, previous];
    this.#keys = secrets.map((secret) => deriveKey(secret, 'imported-hash'));
  }

  write(recipe: Recipe, isSecret: boolean): string {
    const plain = Buffer.from(JSON.stringify(recipe));
    const [key] = this.#keys;
    if (!isSecret || key === undefined) return PLAIN + plain.toString('base64url');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return SEALED + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Undefined when it was sealed under a SECRET_KEY that is gone. @throws SyntaxError when the record is broken */
  read(text: string): Recipe | undefined {
    if (text.startsWith(PLAIN)) return parse(Buffer.from(text.slice(PLAIN.length), 'base64url'));
    const bytes = Buffer.from(text.slice(SEALED.length), 'base64url');
    for (const key of this.#keys) {
      const plain = open(bytes, key);
      if (plain !== undefined) return parse(plain);
    }
    return undefined;
  }
}

/** The recipe of a text that was written without a seal; undefined for every other text. */
export function readPlainRecipe(stored: string): Recipe | undefined {
  return stored.startsWith(PLAIN) ? parse(Buffer.from(stored.slice(PLAIN.length), 'base64url')) : undefined;
}

/** Whether `StoredRecipes` wrote it; else it is a PHC string of Postern's own. */
export function isImported(stored: string): boolean {
  return stored.startsWith(PLAIN) || stored.startsWith(SEALED);
}

/** Whether it holds a secret of its origin. */
export function isSealed(stored: string): boolean {
  return stored.startsWith(SEALED);
}

function open(bytes: Buffer, key: KeyObject): Buffer | undefined {
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function parse(plain: Buffer): Recipe {
  return JSON.parse(plain.toString()) as Recipe;
}
