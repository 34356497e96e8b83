/** Longer texts are refused unread, as the service does. */
export const MAX_TOKEN_LENGTH = 4096;

/** What the header of an access token says (RFC 7515 section 4.1). */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** The `typ` of access tokens: as RFC 9068 says, or `JWT` too where the service runs with JWT_TYP=JWT. */
export type TokenType = 'at+jwt' | 'JWT';

const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Last characters with which no bits are left over (RFC 4648 section 3.5), by the length modulo 4. */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;
const MAX_KID_LENGTH = 64;
const MAX_KNOWN_HEADERS = 64;
/** Ours have some 100 characters. */
const MAX_KNOWN_LENGTH = 512;

const AT_JWT = ['at+jwt', 'application/at+jwt'];
const TYPES: Readonly<Record<TokenType, ReadonlySet<string>>> = {
  'at+jwt': new Set(AT_JWT),
  JWT: new Set([...AT_JWT, 'jwt']),
};

/** Reads the headers of access tokens; each text once, since all tokens of one key have the same. */
export class TokenHeaders {
  readonly #known = new Map<string, TokenHeader>();
  readonly #types: ReadonlySet<string>;

  constructor(type: TokenType) {
    this.#types = TYPES[type];
  }

  /**
   * The header of a JWS in compact form with the one text that its bytes have, else undefined. `jwk`, `jku`, `x5u` and
   * `x5c` are never looked at, and no `crit` is understood.
   */
  read(token: string): TokenHeader | undefined {
    if (token.length > MAX_TOKEN_LENGTH || !SHAPE.test(token)) return undefined;
    const parts = token.split('.');
    const [text = ''] = parts;
    if (!parts.every(isCanonical)) return undefined;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const header = parseHeader(text, this.#types);
    if (header !== undefined && text.length <= MAX_KNOWN_LENGTH) {
      if (this.#known.size >= MAX_KNOWN_HEADERS) this.#known.clear();
      this.#known.set(text, header);
    }
    return header;
  }
}

function isCanonical(part: string): boolean {
  switch (part.length % 4) {
    case 0:
      return true;
    case 2:
      return LAST_OF_TWO.test(part);
    case 3:
      return LAST_OF_THREE.test(part);
    default:
      return false;
  }
}

function parseHeader(text: string, types: ReadonlySet<string>): TokenHeader | undefined {
  const header = parseJsonObject(Buffer.from(text, 'base64url'));
  if (header === undefined || 'crit' in header) return undefined;
  const { typ, alg, kid } = header;
  if (typeof typ !== 'string' || !types.has(typ.toLowerCase()) || typeof alg !== 'string') return undefined;
  if (kid === undefined) return { alg, kid };
  return typeof kid === 'string' && kid.length <= MAX_KID_LENGTH ? { alg, kid } : undefined;
}

/** Undefined for everything but a JSON object. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
