import { type CryptoKey, importJWK, type JWK } from 'jose';

/** Algorithms whose keys are published. HS256 is none: who can verify it could forge it. */
export type LocalAlgorithm = 'ES256' | 'RS256';

/** A published key; `isPublished` becomes false when a later key set does not have it. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: LocalAlgorithm;
  readonly key: CryptoKey;
  isPublished: boolean;
  /** The text it was made from: a key that is published again unchanged is the same one. */
  readonly text: string;
}

const MAX_KEYS = 100;

/**
 * The keys of a key set (RFC 7517 section 5), by `kid`, that access tokens may be signed with; others are left out.
 *
 * @throws Error when it is no key set
 */
export async function readKeySet(text: string): Promise<ReadonlyMap<string, VerificationKey>> {
  const set: unknown = JSON.parse(text);
  const { keys } = (typeof set === 'object' && set !== null ? set : {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('The key set has no list of keys');
  if (keys.length > MAX_KEYS) throw new Error(`The key set has more than ${MAX_KEYS} keys`);
  const read = await Promise.all(keys.map(readKey));
  return new Map(read.flatMap((key) => (key === undefined ? [] : [[key.kid, key] as const])));
}

async function readKey(jwk: JWK | null): Promise<VerificationKey | undefined> {
  const algorithm = findAlgorithm(jwk);
  if (jwk === null || algorithm === undefined || typeof jwk.kid !== 'string' || jwk.kid === '') return undefined;
  try {
    const { kty, crv, x, y, n, e } = jwk;
    // Only what makes a public key, whatever else the entry has.
    const publicJwk = kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
    const key = await importJWK(publicJwk as JWK, algorithm);
    if (key instanceof Uint8Array) return undefined;
    return { kid: jwk.kid, algorithm, key, isPublished: true, text: JSON.stringify(publicJwk) };
  } catch {
    // One key that is broken is no reason to refuse the tokens of the others.
    return undefined;
  }
}

function findAlgorithm(jwk: JWK | null): LocalAlgorithm | undefined {
  if (typeof jwk !== 'object' || jwk === null || (jwk.use ?? 'sig') !== 'sig') return undefined;
  if (jwk.kty === 'EC' && jwk.crv === 'P-256' && (jwk.alg ?? 'ES256') === 'ES256') return 'ES256';
  return jwk.kty === 'RSA' && jwk.alg === 'RS256' ? 'RS256' : undefined;
}
