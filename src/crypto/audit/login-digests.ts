import { createHmac, type KeyObject } from 'node:crypto';
import { comparisonKey, emailKey } from '../../auth/accounts/names';
import type { LoginDigests } from '../../auth/audit/login-digests';
import { deriveKey } from '../keys/derive-key';

/** A longer text is no name; what follows does not count. */
const MAX_LENGTH = 256;
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
  const name = text.trim().slice(0, MAX_LENGTH);
  const compared = name.includes('@') ? emailKey(name) : comparisonKey(name);
  return createHmac('sha256', key).update(compared).digest().subarray(0, BYTES).toString('base64url');
}
