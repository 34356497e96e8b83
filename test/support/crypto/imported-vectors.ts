import type { ImportHints } from '../../../src/auth/import/imported-hashes';
import vectors from '../../unit/crypto/vectors/imported-hashes.json';

/** A hash that a real library has made; interop/password-hashes makes them again. */
export interface ImportedVector {
  readonly format: string;
  readonly library: string;
  readonly password: string;
  readonly hash: string;
  readonly hints?: ImportHints;
}

export const VECTORS = vectors as readonly ImportedVector[];

/** Formats whose defaults are so dear that the dearest of them would hide the others of their kind. */
export const IS_DEAR = /^(Django (argon2|bcrypt|scrypt|pbkdf2)|Spring \{pbkdf2|WordPress 6\.8|ASP\.NET .* SHA-256)/;

export const ONE_OF_EACH_FORMAT = VECTORS.filter(
  ({ format }, n) => VECTORS.findIndex((each) => each.format === format) === n,
);
