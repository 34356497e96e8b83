import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

export interface ForgeKey {
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly privateKey: KeyObject;
  /** As a key set has it (RFC 7517). */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function createKey(kid: string, alg: ForgeKey['alg'] = 'ES256'): ForgeKey {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

type Fields = Readonly<Record<string, unknown>>;

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Ids as the service makes them: a session's is a UUID of version 7, an API key's one of version 8. */
export const sessionId = (): string => `${randomUUID().slice(0, 14)}7${randomUUID().slice(15)}`;
export const keyId = (): string => `${randomUUID().slice(0, 14)}8${randomUUID().slice(15)}`;

export function claims(changes: Fields = {}): Fields {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: 'postern',
    aud: 'postern',
    client_id: 'postern',
    sub: randomUUID(),
    sid: sessionId(),
    preferred_username: 'ada',
    roles: ['user'],
    iat: now - 1,
    exp: now + 600,
    jti: randomUUID(),
    ...changes,
  };
}

/** A token of this key, as the service signs it, but for the changes. A field that is undefined is left out. */
export function forge(key: ForgeKey, changes: Fields = {}, headerChanges: Fields = {}): string {
  const header = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...headerChanges };
  return signText(key, `${encode(header)}.${encode(claims(changes))}`);
}

export function signText(key: ForgeKey, text: string): string {
  const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`;
}

/** A token under HS256, keyed with these bytes: what a forger makes of a published key. */
export function forgeHmac(secret: string, headerChanges: Fields = {}): string {
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', ...headerChanges })}.${encode(claims())}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
