import { LRUCache } from 'lru-cache';
import type { CredentialFault } from '../../auth/tokens/credential-fault';

export interface AccessTokenHeader {
  readonly kid: string | undefined;
  readonly alg: string;
}

const MAX_KID_LENGTH = 64;
/** JWT_TYP: what the header of our tokens says. */
export type TokenType = 'at+jwt' | 'JWT';

const AT_JWT = ['at+jwt', 'application/at+jwt'];
/** With JWT_TYP=JWT the tokens of before the change are still accepted. */
const ACCEPTED: Readonly<Record<TokenType, ReadonlySet<string>>> = {
  'at+jwt': new Set(AT_JWT),
  JWT: new Set([...AT_JWT, 'jwt']),
};

/** Only short headers are remembered: ours have some 100 characters. */
const MAX_REMEMBERED_LENGTH = 512;

/** Reads the headers of access tokens; each text once, since all tokens of one key have the same. */
export class AccessTokenHeaders {
  readonly #read = new LRUCache<string, AccessTokenHeader>({ max: 64 });
  readonly #types: ReadonlySet<string>;

  constructor(type: TokenType) {
    this.#types = ACCEPTED[type];
  }

  /**
   * The header, or why it is not one of an access token (RFC 9068 section 4: `typ`, a media type, is compared without
   * regard to case; RFC 7515 section 4.1.11: no `crit` is understood). `jwk`, `jku`, `x5u` and `x5c` are never looked
   * at.
   */
  read(text: string): AccessTokenHeader | CredentialFault {
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const header = parse(text, this.#types);
    if (typeof header !== 'string' && text.length <= MAX_REMEMBERED_LENGTH) this.#read.set(text, header);
    return header;
  }
}

function parse(text: string, types: ReadonlySet<string>): AccessTokenHeader | CredentialFault {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return 'malformed';
  }
  if (typeof header !== 'object' || header === null || 'crit' in header) return 'malformed';
  const { typ, alg, kid } = header as Record<string, unknown>;
  if (typeof typ !== 'string' || !types.has(typ.toLowerCase())) return 'type';
  if (typeof alg !== 'string') return 'algorithm';
  const isKid = kid === undefined || (typeof kid === 'string' && kid.length <= MAX_KID_LENGTH);
  return isKid ? { kid, alg } : 'unknown_key';
}
