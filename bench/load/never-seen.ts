import { createSecretKey } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { systemClock } from '../../src/auth/clock';
import { createSecretKeyring } from '../../src/crypto/keys/secret-keyring';
import { createAccessTokens } from '../../src/crypto/tokens/access-tokens';
import { validateRequest } from '../requests';
import { framed } from './load';

/** Whom tokens are minted for in the generator itself, and with what. */
export interface Mint {
  /** SECRET_KEY of the service, which signs with HS256. */
  readonly secret: string;
  readonly users: readonly { readonly id: string; readonly username: string; readonly roles: readonly string[] }[];
}

const TTL_MS = 30 * 60_000;

/** The request of a Validate, framed, with a token of a new session each time: no service has ever seen it. */
export function neverSeen({ secret, users }: Mint): (n: number) => Buffer {
  const keyring = createSecretKeyring({ current: createSecretKey(Buffer.from(secret)), previous: undefined });

  const tokens = createAccessTokens({
    keyring,
    clock: systemClock,
    issuer: 'postern',
    audience: 'postern',
    accessTtlMs: TTL_MS,
  });
  return (n) => {
    const user = users[n % users.length];
    if (user === undefined) throw new RangeError('There is no user to mint for');
    const { id: userId, username, roles } = user;
    const { token } = tokens.issue({ userId, username, roles, sessionId: uuidv7() }, Date.now() + TTL_MS);
    return framed(validateRequest(token));
  };
}
