import { createHmac, type KeyObject } from 'node:crypto';
import { loginKey } from '../../auth/accounts/names';
import type { LoginDigests } from '../../auth/audit/login-digests';
import { deriveKey } from '../keys/derive-key';

/** 128 bits: no two names of a store meet by accident. */
const BYTES = 16;

/** HMAC-SHA256 of the name as it is compared, cut to 128 bits, in base64url. */
export function createLoginDigests(secrets: {
  readonly current: KeyObject;
  readonly previous: KeyObject | undefined;
}): LoginDigests {
  const current = deriveKey(secrets.current, 'audit-login-digest');
  const previous = secrets.previous && deriveKey(secrets.previous, 'audit-login-digest');
  return {
    digest: (name) => digest(current, name),
    candidates: (name) => (previous === undefined ? [current] : [current, previous]).map((key) => digest(key, name)),
  };
}

function digest(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(loginKey(text)).digest().subarray(0, BYTES).toString('base64url');
}
