import { createHmac, createSecretKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createKeyring, type KeyringOptions } from '../../src/crypto/keys/create-keyring';
import type { SigningAlgorithm } from '../../src/crypto/keys/keyring';
import { type AccessTokensOptions, createAccessTokens } from '../../src/crypto/tokens/access-tokens';
import { anId } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { TestClock } from '../support/domain/clock';
import { SigningKeysInMemory } from '../unit/crypto/signing-keys-in-memory';

export const ACCESS_TTL_MS = 30 * 60_000;

type Overrides = Partial<KeyringOptions & Omit<AccessTokensOptions, 'keyring' | 'clock'>> & { clock?: TestClock };

/** One replica: its clock, keys and tokens, wired as the service does. */
export async function aTokenIssuer(algorithm: SigningAlgorithm, overrides: Overrides = {}) {
  const clock = overrides.clock ?? new TestClock();
  const internalCall = () => testCall({ arrivedAt: clock.now() });
  const problems: string[] = [];
  const keyring = createKeyring({
    algorithm,
    secrets: { current: createSecretKey(randomBytes(40)), previous: undefined },
    signingKeys: new SigningKeysInMemory(),
    accessTtlMs: ACCESS_TTL_MS,
    rotationMs: 90 * 86_400_000,
    propagationMs: 60_000,
    internalCall,
    onProblem: (problem) => problems.push(problem),
    ...overrides,
    clock,
  });
  await keyring.refresh(internalCall());
  const options = { issuer: 'postern', audience: 'postern', accessTtlMs: ACCESS_TTL_MS, ...overrides, keyring, clock };
  const tokens = createAccessTokens(options);
  return { clock, keyring, tokens, internalCall, problems };
}

export type TokenIssuer = Awaited<ReturnType<typeof aTokenIssuer>>;

/** A user to issue a token for. */
export function aSubject(roles: readonly string[] = ['user']) {
  return { userId: anId(), username: 'ada', roles, sessionId: anId() };
}

/** The header and the payload of a token, not verified. */
export function splitToken(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header ?? ''), payload: JSON.parse(payload ?? '') };
}

export function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signs any header and payload, objects or texts, as the algorithm says and whatever the header says. */
export function signed(header: unknown, payload: unknown, key: KeyObject, algorithm: SigningAlgorithm): string {
  const text = `${encoded(header)}.${encoded(payload)}`;
  const signature =
    algorithm === 'HS256'
      ? createHmac('sha256', key).update(text).digest()
      : sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
