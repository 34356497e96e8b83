import type { Call } from '../call';

/** A key pair that access tokens are signed with, as all replicas share it. */
export interface StoredSigningKey {
  /** The `kid`; unique. */
  readonly id: string;
  /** 1 for the first key, one more for each that follows; unique. */
  readonly sequence: number;
  readonly algorithm: 'ES256' | 'RS256';
  /** JWK (RFC 7517) as JSON. */
  readonly publicJwk: string;
  /** PKCS #8, encrypted; the store cannot read it. */
  readonly encryptedPrivateKey: string;
  readonly createdAt: Date;
  /** From when on it signs: after every replica and every reader of the JWKS has had time to see it. */
  readonly activeAt: Date;
}

export interface SigningKeys {
  /** In the order of `sequence`. */
  list(call: Call): Promise<StoredSigningKey[]>;
  /** False when a key of this `sequence` exists: of parallel rotations exactly one wins. */
  insert(key: StoredSigningKey, call: Call): Promise<boolean>;
  delete(id: string, call: Call): Promise<void>;
}

export interface SigningKeyRotation {
  /**
   * Makes the next key; of parallel rotations one wins and the others adopt its key. Returns the new `kid`, which is
   * published now and signs after `leadMs`, but not before every replica has had time to learn of it.
   *
   * @throws AuthError KEY_NOT_ROTATABLE when SECRET_KEY is the key
   */
  rotate(call: Call, leadMs: number): Promise<string>;
}
