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

/** HS256 with the bytes of SECRET_KEY as they are, so that any library which has them can verify. */
export function createSecretKeyring(secrets: KeyringSecrets): Keyring {
  const current = secretKey(secrets.current);
  const keys = new Map<string, SigningKey>();
  if (secrets.previous !== undefined) keys.set(secretKey(secrets.previous).id, secretKey(secrets.previous));
  keys.set(current.id, current);
  return {
    version: 1,
    signing: () => current,
    find: (kid) => keys.get(kid),
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
  return { id, algorithm: 'HS256', signingKey: secret, verificationKey: secret };
}
