import type { Clock } from '../auth/clock';
import type { Config } from '../config/config';
import { createKeyring, type KeyringOptions } from '../crypto/keys/create-keyring';
import { createAccessTokens } from '../crypto/tokens/access-tokens';
import { createRefreshTokens } from '../crypto/tokens/refresh-tokens';

export interface CreateTokensDeps extends Pick<KeyringOptions, 'signingKeys' | 'internalCall' | 'onProblem'> {
  readonly clock: Clock;
  readonly keyPropagationMs: number;
}

/** The signing keys, and the tokens that they and the secret of the service make. */
export function createTokens({ tokens, secrets }: Config, { clock, keyPropagationMs, ...deps }: CreateTokensDeps) {
  const { accessTtlMs } = tokens;
  const keyring = createKeyring({
    ...deps,
    algorithm: tokens.algorithm,
    secrets,
    clock,
    accessTtlMs,
    rotationMs: tokens.keyRotationMs,
    propagationMs: keyPropagationMs,
    leadMs: tokens.keyLeadMs,
  });
  const accessTokens = createAccessTokens({
    keyring,
    clock,
    issuer: tokens.issuer,
    audience: tokens.audience,
    clientId: tokens.clientId,
    type: tokens.type,
    accessTtlMs,
  });
  return { keyring, accessTokens, refreshTokens: createRefreshTokens(secrets) };
}
