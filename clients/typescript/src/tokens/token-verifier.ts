import { compactVerify } from 'jose';
import type { Clock } from '../clock';
import type { VerificationKey } from '../keys/verification-keys';
import type { Principal } from '../principal';
import { type ClaimRules, readClaims } from './claims';
import { parseJsonObject } from './token-text';

/**
 * The principal of a token under the signature of this key, by its claims alone; undefined when anything but its expiry
 * is wrong. Knows nothing of revocation.
 */
export async function verifyToken(
  token: string,
  { key, algorithm }: VerificationKey,
  rules: ClaimRules,
  clock: Clock,
): Promise<Principal | undefined> {
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(token, key, { algorithms: [algorithm] }));
  } catch {
    return undefined;
  }
  const claims = parseJsonObject(payload);
  return claims === undefined ? undefined : readClaims(claims, rules, clock.now());
}
