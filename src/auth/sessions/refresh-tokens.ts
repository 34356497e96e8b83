/** The parts of a refresh token. */
export interface RefreshTokenParts {
  readonly sessionId: string;
  readonly userId: string;
  readonly generation: number;
  /** Random, the same in all tokens of a session; only its digest is stored. */
  readonly salt: string;
}

export interface RefreshTokens {
  /** 128 random bits, base64url. */
  newSalt(): string;
  /** What the store keeps of a salt. */
  hashSalt(salt: string): string;
  /** The key that new tokens are made with. */
  readonly currentKeyId: string;
  /** Deterministic: the same claims and key give the same token. An unknown `keyId` means the current key. */
  mint(claims: RefreshTokenParts, keyId: string): string;
  /** The parts of a token with a right MAC of a known key, else undefined. Reads no store. */
  open(token: string): RefreshTokenParts | undefined;
}
