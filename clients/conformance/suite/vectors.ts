import { randomUUID } from 'node:crypto';
import { claims, createKey, encode, type ForgeKey, forge, forgeHmac, signText } from './token-forge';

/** A token and what every client must say of it, by itself, with `key` and `rsa` published. */
export interface Vector {
  readonly name: string;
  readonly token: string | Buffer;
  readonly reason: string;
}

const now = (): number => Math.floor(Date.now() / 1000);

export function vectors(key: ForgeKey, rsa: ForgeKey): Vector[] {
  const good = forge(key);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const invalid = (name: string, token: string | Buffer): Vector => ({ name, token, reason: 'INVALID_TOKEN' });
  const claim = (name: string, changes: Record<string, unknown>) => invalid(name, forge(key, changes));
  const head = (name: string, changes: Record<string, unknown>) => invalid(name, forge(key, {}, changes));
  return [
    { name: 'a valid token of ES256', token: good, reason: 'OK' },
    { name: 'a valid token of RS256', token: forge(rsa), reason: 'OK' },
    { name: 'a valid token whose typ is in capitals', token: forge(key, {}, { typ: 'AT+JWT' }), reason: 'OK' },
    {
      name: 'a valid token of typ application/at+jwt',
      token: forge(key, {}, { typ: 'application/at+jwt' }),
      reason: 'OK',
    },
    { name: 'a valid token of a service account', token: forge(key, { kind: 'service' }), reason: 'OK' },
    { name: 'an expired token', token: forge(key, { iat: now() - 700, exp: now() - 1 }), reason: 'TOKEN_EXPIRED' },
    { name: 'a token that expires now', token: forge(key, { exp: now() }), reason: 'TOKEN_EXPIRED' },
    invalid('no token', ''),
    invalid('a word', 'rubbish'),
    invalid('two parts', `${header}.${payload}`),
    invalid('four parts', `${good}.${signature}`),
    invalid('an empty signature', `${header}.${payload}.`),
    invalid('another payload under the signature', `${header}.${encode(claims({ roles: ['admin'] }))}.${signature}`),
    invalid('another signature', `${header}.${payload}.${forge(key).split('.')[2]}`),
    invalid('a signature in DER', `${header}.${payload}.${Buffer.alloc(70, 48).toString('base64url')}`),
    invalid('a signature of zeros', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`),
    invalid('bits left over in the last character', `${good.slice(0, -1)}${nextCharacter(good.slice(-1))}`),
    invalid('padding', `${good}=`),
    invalid('a space before', ` ${good}`),
    invalid('a line end after', `${good}\n`),
    invalid('a token of a foreign key under a known kid', forge(createKey(key.kid))),
    invalid('a token of a foreign key that brings itself', forgeWithItsKey(key.kid)),
    head('typ JWT', { typ: 'JWT' }),
    head('no typ', { typ: undefined }),
    head('typ of a number', { typ: 1 }),
    head('crit', { crit: ['exp'] }),
    head('alg none', { alg: 'none' }),
    head('alg in other letters', { alg: 'es256' }),
    head('alg of another key type', { alg: 'RS256' }),
    head('alg ES384', { alg: 'ES384' }),
    head('no alg', { alg: undefined }),
    head('no kid', { kid: undefined }),
    head('a kid of a number', { kid: 7 }),
    head('the kid of another key', { kid: rsa.kid }),
    head('a kid of 65 characters', { kid: 'k'.repeat(65) }),
    head('a kid that is a property of objects', { kid: '__proto__' }),
    invalid('an alg without a signature', `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.AA`),
    claim('another issuer', { iss: 'https://evil.example' }),
    claim('no issuer', { iss: undefined }),
    claim('another audience', { aud: 'another' }),
    claim('a list of audiences', { aud: ['postern'] }),
    claim('no audience', { aud: undefined }),
    claim('no subject', { sub: undefined }),
    claim('a subject that is no UUID', { sub: 'ada' }),
    claim('a subject in capitals', { sub: randomUUID().toUpperCase() }),
    claim('no session', { sid: undefined }),
    claim('a session that is no UUID', { sid: '1' }),
    claim('no username', { preferred_username: undefined }),
    claim('no roles', { roles: undefined }),
    claim('roles of a text', { roles: 'admin' }),
    claim('a role of a number', { roles: ['user', 1] }),
    claim('no iat', { iat: undefined }),
    claim('an iat of tomorrow', { iat: now() + 86_400, exp: now() + 90_000 }),
    claim('no exp', { exp: undefined }),
    claim('an exp of a text', { exp: String(now() + 600) }),
    claim('an exp with a fraction', { exp: now() + 600.5 }),
    claim('an exp before iat', { iat: now(), exp: now() - 1 }),
    claim('an exp beyond all numbers', { exp: 1e300 }),
    claim('no jti', { jti: undefined }),
    claim('an empty client_id', { client_id: '' }),
    claim('an unknown kind', { kind: 'robot' }),
    invalid('a payload that is a list', signText(key, `${header}.${encode([1])}`)),
    invalid('a payload that is null', signText(key, `${header}.${encode(null)}`)),
    invalid('a payload that is no JSON', signText(key, `${header}.${Buffer.from('{').toString('base64url')}`)),
    invalid('claims in capitals', signText(key, `${header}.${encode(inCapitals(claims()))}`)),
    invalid('4,097 characters', forge(key, { more: 'x'.repeat(4000) })),
    invalid('a mebibyte', 'x'.repeat(1 << 20)),
    invalid('bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x2e, 0x80, 0x2e, 0xc0])),
    invalid('NUL bytes', Buffer.from('a\0b.c\0d.e\0f')),
    invalid('letters outside ASCII', Buffer.from('é.é.é')),
    invalid('a thousand dots', '.'.repeat(1000)),
    invalid(
      'nested JSON in the header',
      `${Buffer.from('['.repeat(2000)).toString('base64url')}.${payload}.${signature}`,
    ),
    invalid('the prefix of an API key', 'pstn_'),
    invalid('an API key with a wrong checksum', `pstn_${'A'.repeat(22)}_${'b'.repeat(49)}`),
  ];
}

/** What nobody but the service may judge: who can verify HS256 can forge it. */
export function hmacVectors(key: ForgeKey): readonly { readonly name: string; readonly token: string }[] {
  const pem = JSON.stringify(key.jwk);
  return [
    { name: 'HS256 without a kid', token: forgeHmac('kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe') },
    { name: 'HS256 keyed with the published key', token: forgeHmac(pem, { kid: key.kid }) },
  ];
}

function forgeWithItsKey(kid: string): string {
  const foreign = createKey(kid);
  return forge(foreign, {}, { jwk: foreign.jwk, jku: 'https://evil.example/jwks.json' });
}

function inCapitals(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toUpperCase(), value]));
}

/** The character whose last bit differs, which changes no byte of an ES256 signature. */
function nextCharacter(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(character) ^ 1);
}
