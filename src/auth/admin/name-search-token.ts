import type { NamePosition } from '../accounts/users';

const NAMES: Readonly<Record<string, NamePosition['name']>> = { e: 'email', u: 'username' };
const BASE64URL = /^[A-Za-z0-9_-]{4,32768}$/;

/** The page token of a search that goes on after this entry. */
export function formatSearchToken({ name, key }: NamePosition): string {
  return Buffer.concat([Buffer.from(`${name[0]}:`), key]).toString('base64url');
}

/** Undefined: not such a token. */
export function parseSearchToken(token: string): NamePosition | undefined {
  if (!BASE64URL.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const name = NAMES[String.fromCharCode(bytes[0] ?? 0)];
  return name === undefined || bytes[1] !== 0x3a ? undefined : { name, key: bytes.subarray(2) };
}
