import type { KeyObject } from 'node:crypto';
import { AuthError } from '../../auth/errors';
import { deriveKeyId } from './derive-key';
import type { Keyring, SigningKey } from './keyring';

export interface KeyringSecrets {
  /** SECRET_KEY: signs, under HS256. */
  readonly current: KeyObject;
  /** SECRET_KEY_PREVIOUS: verifies only. */
  readonly previous: KeyObject | undefined;
}

/** HS256 with the bytes of SECRET_KEY as they are, which is what JWT libraries that share the secret verify with. */
export function createSecretKeyring(secrets: KeyringSecrets): Keyring {
  const current = secretKey(secrets.current);
  const unnamed = secrets.previous === undefined ? [current] : [current, secretKey(secrets.previous)];
  const keys = new Map(unnamed.map((key) => [key.id, key]));
  return {
    version: 1,
    signing: () => current,
    find: (id) => keys.get(id),
    unnamed,
    isStale: () => false,
    jwks: () => ({ keys: [] }),
    refresh: async () => {},
    dueForRotation: () => false,
    rotate: async () => {
      throw new AuthError('KEY_NOT_ROTATABLE');
    },
    rotateIfDue: async () => undefined,
  };
}

function secretKey(secret: KeyObject): SigningKey {
  const id = deriveKeyId(secret, 'access-token-kid');
  return { id, kid: undefined, algorithm: 'HS256', signingKey: secret, verificationKey: secret };
}
