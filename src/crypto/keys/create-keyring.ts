import type { Keyring, SigningAlgorithm } from './keyring';
import { createSecretKeyring } from './secret-keyring';
import { StoredKeyring, type StoredKeyringOptions } from './stored-keyring';

export interface KeyringOptions extends Omit<StoredKeyringOptions, 'algorithm'> {
  readonly algorithm: SigningAlgorithm;
}

/** The keys for JWT_ALGORITHM. Call `refresh` before the first token, and then on a timer. */
export function createKeyring({ algorithm, ...options }: KeyringOptions): Keyring {
  if (algorithm === 'HS256') return createSecretKeyring(options.secrets);
  return new StoredKeyring({ ...options, algorithm });
}
