import type { StoredSigningKey } from '../../auth/tokens/signing-keys';
import type { Secrets } from '../../config/config';
import { openable } from '../sealed-keys';
import { type Finding, fault, ok } from './finding';

/** Whether the stored signing keys can be used with these secrets. */
export function checkKeys(algorithm: string, keys: readonly StoredSigningKey[], secrets: Secrets | undefined): Finding {
  if (algorithm === 'HS256') return ok('keys', 'Access tokens are signed with SECRET_KEY (HS256)');
  if (keys.length === 0) return ok('keys', `No ${algorithm} key yet: the service makes the first when it starts`);
  const usable = secrets === undefined ? [] : openable(keys, secrets);
  if (usable.length > 0) return ok('keys', `${usable.length} of ${keys.length} stored keys open under SECRET_KEY`);
  return fault(
    'keys',
    'No stored key opens under SECRET_KEY: give the secret they were made under, if need be as SECRET_KEY_PREVIOUS',
  );
}
