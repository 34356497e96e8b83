import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../../src/crypto/keys/keyring';
import { encoded, signed, splitToken } from './token-issuer';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Texts made from a live token without its key: every one must be refused. */
export function mutatedTokens(token: string, algorithm: SigningAlgorithm): Map<string, string> {
  const corpus = new Map<string, string>();
  const all = [
    ...changedBits(token),
    ...cutAndJoined(token),
    ...otherTexts(token),
    ...headersOfStrangers(token, algorithm),
    ...payloadsOfStrangers(token),
  ];
  for (const [name, text] of all) corpus.set(name, text);
  return corpus;
}

type Named = [string, string];

/** One bit of every third byte of each part; the last byte of the signature too. */
function changedBits(token: string): Named[] {
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'));
  return parts.flatMap((part, which) =>
    [...part.keys()]
      .filter((at) => at % 3 === 0 || at === part.length - 1)
      .map((at): Named => {
        const changed = Buffer.from(part);
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at);
        const text = parts.map((each, i) => (i === which ? changed : each).toString('base64url')).join('.');
        return [`bit of byte ${at} of part ${which}`, text];
      }),
  );
}

function cutAndJoined(token: string): Named[] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const cuts = Array.from({ length: 40 }, (_, i): Named => {
    const length = Math.floor((token.length * i) / 40);
    return [`cut to ${length}`, token.slice(0, length)];
  });
  const joined = {
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${token}.${signature}`,
    'five parts': `${header}.${payload}.${signature}.${payload}.${signature}`,
    'a JWE': `${encoded({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })}..AAAAAAAAAAAAAAAA.${payload}.${signature}`,
    'no header': `.${payload}.${signature}`,
    'no payload': `${header}..${signature}`,
    'only dots': '..',
    'nothing before it': `.${token}`,
    'parts in another order': `${payload}.${header}.${signature}`,
    twice: `${token}${token}`,
    nested: `${header}.${encoded(token)}.${signature}`,
    'signature of itself': `${header}.${payload}.${payload}`,
    'a flattened JWS': JSON.stringify({ protected: header, payload, signature }),
    'a general JWS': JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    'twice with a comma': `${token},${token}`,
    'huge header': `${'A'.repeat(1_048_576)}.${payload}.${signature}`,
    'huge signature': `${header}.${payload}.${signature}${'A'.repeat(8192)}`,
    'just too long': `${header}.${payload}.${signature}${'A'.repeat(4097 - token.length)}`,
  };
  return [...cuts, ...Object.entries(joined)];
}

/** The same bytes in another text, and texts with something around or inside. */
function otherTexts(token: string): Named[] {
  const parts = token.split('.');
  const around = [
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\0',
    '=',
    '==',
    '%0a',
    '\u00a0',
    '\ufeff',
    '\u200b',
    '#',
    ';',
    '"',
    'é',
    '😀',
  ].flatMap((extra): Named[] => [
    [`${JSON.stringify(extra)} after`, token + extra],
    [`${JSON.stringify(extra)} before`, extra + token],
    [`${JSON.stringify(extra)} inside`, token.replace('.', `${extra}.`)],
  ]);
  const endings = parts.flatMap((part, which) =>
    [...ALPHABET]
      .filter((character) => !part.endsWith(character))
      .map((character): Named => {
        const text = parts.map((each, i) => (i === which ? each.slice(0, -1) + character : each)).join('.');
        return [`part ${which} ends in ${character}`, text];
      }),
  );
  const padded = parts.map((part) => part.padEnd(Math.ceil(part.length / 4) * 4, '=')).join('.');
  const forms: Named[] = [
    ['padded', padded === token ? `${token}=` : padded],
    ['the alphabet of base64', `${token.replaceAll('-', '+').replaceAll('_', '/')}+`],
    ['percent-encoded', token.replaceAll('.', '%2E')],
    ['in capitals', token.toUpperCase()],
    ['with its scheme', `Bearer ${token}`],
    ['full-width dots', token.replaceAll('.', '\uff0e')],
  ];
  return [...around, ...endings, ...forms];
}

/** Headers that ask for another algorithm or bring their own key, signed with the keys of strangers. */
function headersOfStrangers(token: string, algorithm: SigningAlgorithm): Named[] {
  const { header, payload } = splitToken(token);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys: [SigningAlgorithm, KeyObject][] = [
    ['HS256', createSecretKey(Buffer.alloc(32))],
    ['ES256', ec.privateKey],
    ['RS256', rsa.privateKey],
  ];
  const jwk = ec.publicKey.export({ format: 'jwk' });
  const changes: Record<string, unknown>[] = [
    ...[
      'none',
      'None',
      'NONE',
      'nOnE',
      '',
      'hs256',
      'Hs256',
      'HS384',
      'HS512',
      'RS384',
      'PS256',
      'ES384',
      'EdDSA',
      'HS256 ',
    ].map((alg) => ({ alg })),
    ...[null, 0, [], ['HS256'], { alg: 'HS256' }].map((alg) => ({ alg })),
    ...[
      '',
      'x',
      '../../etc/passwd',
      "' or 1=1",
      'a'.repeat(65),
      'constructor',
      '__proto__',
      null,
      1,
      [header.kid],
      {},
    ].map((kid) => ({ kid })),
    ...['JWT', 'jwt', '', 'at', 'dpop+jwt', null, 1, ['at+jwt']].map((typ) => ({ typ })),
    ...[
      { jwk },
      { jku: 'http://127.0.0.1:1/' },
      { x5u: 'http://127.0.0.1:1/' },
      { x5c: ['AAAA'] },
      { crit: ['exp'] },
      { b64: false },
    ],
    {},
  ];
  return keys.flatMap(([signer, key]) =>
    changes.map((change): Named => {
      const changed = { ...header, ...(signer === algorithm ? {} : { alg: signer }), ...change };
      return [`${JSON.stringify(change)} signed by a stranger with ${signer}`, signed(changed, payload, key, signer)];
    }),
  );
}

/** The right header and signature over something else. */
function payloadsOfStrangers(token: string): Named[] {
  const [header, , signature] = token.split('.');
  const { payload } = splitToken(token);
  const changes = [
    { sub: payload.sid },
    { roles: ['admin'] },
    { exp: 9_999_999_999 },
    { aud: 'other' },
    { sub: { $ne: null } },
  ];
  return changes.map((change) => [
    `${JSON.stringify(change)} put in`,
    [header, encoded({ ...payload, ...change }), signature].join('.'),
  ]);
}
