import type { KeyObject } from 'node:crypto';
import type { StoredSigningKey } from '../../auth/tokens/signing-keys';
import { deriveKey } from './derive-key';
import { deriveKeyPair, type KeyPair } from './key-pair';
import type { SigningKey } from './keyring';
import { openPrivateKey, sealPrivateKey } from './sealed-private-key';
import type { KeyringSecrets } from './secret-keyring';

/** A stored signing key whose private half was opened. */
export interface RingKey {
  readonly stored: StoredSigningKey;
  readonly pair: KeyPair;
  readonly signing: SigningKey;
  /** Only SECRET_KEY_PREVIOUS opens it. */
  readonly isUnderPrevious: boolean;
}

/** Seals private halves under SECRET_KEY, and opens those that it or SECRET_KEY_PREVIOUS sealed. */
export class PrivateKeySeal {
  readonly #current: KeyObject;
  readonly #previous: KeyObject | undefined;

  constructor({ current, previous }: KeyringSecrets) {
    this.#current = deriveKey(current, 'signing-key-encryption');
    this.#previous = previous && deriveKey(previous, 'signing-key-encryption');
  }

  seal(pair: KeyPair): string {
    return sealPrivateKey(pair.privateKey, pair, this.#current);
  }

  /** Undefined when neither secret opens it for its `kid`. */
  open(stored: StoredSigningKey): RingKey | undefined {
    const byCurrent = openPrivateKey(stored.encryptedPrivateKey, stored, this.#current);
    const privateKey =
      byCurrent ?? (this.#previous && openPrivateKey(stored.encryptedPrivateKey, stored, this.#previous));
    const pair = privateKey && deriveKeyPair(privateKey, stored.algorithm);
    if (pair === undefined) return undefined;
    const { id, algorithm } = pair;
    const signing = { id, kid: id, algorithm, signingKey: pair.privateKey, verificationKey: pair.publicKey };
    return { stored, pair, signing, isUnderPrevious: byCurrent === undefined };
  }
}
