import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * What keys are derived for. A label is never changed or used twice: each gives a key that reveals nothing of the
 * others.
 */
export type KeyPurpose =
  | 'access-token-kid'
  | 'refresh-token-mac'
  | 'refresh-token-kid'
  | 'signing-key-encryption'
  | 'audit-login-digest'
  | 'account-token'
  | 'imported-hash'
  | 'secret-id';

/** 256 bits by HKDF-SHA256 (RFC 5869) from the bytes of SECRET_KEY. */
export function deriveKey(secret: KeyObject, purpose: KeyPurpose): KeyObject {
  return createSecretKey(derivedBytes(secret, purpose));
}

/** A short public name of a secret, 16 hex digits, that reveals nothing of it. */
export function deriveKeyId(secret: KeyObject, purpose: KeyPurpose): string {
  return derivedBytes(secret, purpose).subarray(0, 8).toString('hex');
}

/** What names the secrets of a process to others that have the same, and reveals nothing of them. */
export function deriveSecretIds({
  current,
  previous,
}: {
  readonly current: KeyObject;
  readonly previous?: KeyObject | undefined;
}): {
  readonly current: string;
  readonly previous: string | undefined;
} {
  return { current: deriveKeyId(current, 'secret-id'), previous: previous && deriveKeyId(previous, 'secret-id') };
}

function derivedBytes(secret: KeyObject, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `postern/v1/${purpose}`, 32));
}
