import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { PublicJwk } from './keyring';

export type KeyPairAlgorithm = 'ES256' | 'RS256';

export interface KeyPair {
  /** RFC 7638 thumbprint of the public key. */
  readonly id: string;
  readonly algorithm: KeyPairAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

const generate = promisify(generateKeyPair);
const RSA_BITS = 2048;

/** Makes a new key pair, off the event loop. */
export async function generateKeys(algorithm: KeyPairAlgorithm): Promise<KeyPair> {
  const { privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: RSA_BITS });
  return deriveKeyPair(privateKey, algorithm);
}

/** The pair of a private key; the public half is always computed, never believed. */
export function deriveKeyPair(privateKey: KeyObject, algorithm: KeyPairAlgorithm): KeyPair {
  const publicKey = createPublicKey(privateKey);
  const { kty = '', crv = '', x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const members = algorithm === 'ES256' ? { crv, kty, x, y } : { e, kty, n };
  // RFC 7638 section 3: the required members in the order of their names, without spaces.
  const id = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return { id, algorithm, privateKey, publicKey, publicJwk: { kid: id, ...members, alg: algorithm, use: 'sig' } };
}
