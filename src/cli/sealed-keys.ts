import type { StoredSigningKey } from '../auth/tokens/signing-keys';
import type { Secrets } from '../config/config';
import { deriveKey } from '../crypto/keys/derive-key';
import { openPrivateKey } from '../crypto/keys/sealed-private-key';

/** Those of the stored signing keys that open under SECRET_KEY or SECRET_KEY_PREVIOUS. */
export function openable(keys: readonly StoredSigningKey[], { current, previous }: Secrets): StoredSigningKey[] {
  const sealing = [current, previous].flatMap((secret) =>
    secret === undefined ? [] : [deriveKey(secret, 'signing-key-encryption')],
  );
  return keys.filter((key) => sealing.some((secret) => openPrivateKey(key.encryptedPrivateKey, key, secret)));
}
