/** What is done to the text of a password before its bytes are hashed, in this order. */
export type Preparation =
  | 'nfkc'
  | 'trim'
  | 'sha256-hex'
  | 'sha256-base64'
  | { readonly append: string }
  | { readonly hmac: 'sha256' | 'sha384' | 'sha512'; readonly key: string };

/** How a password becomes the digest that its origin stored. Bytes are base64. */
export type Derivation =
  | {
      readonly kind: 'argon2';
      readonly type: 'd' | 'i' | 'id';
      readonly version: 16 | 19;
      readonly memory: number;
      readonly time: number;
      readonly lanes: number;
      readonly salt: string;
    }
  /** The 22 characters of bcrypt's own base64 for the salt. */
  | { readonly kind: 'bcrypt'; readonly cost: number; readonly salt: string }
  | { readonly kind: 'scrypt'; readonly N: number; readonly r: number; readonly p: number; readonly salt: string }
  | {
      readonly kind: 'pbkdf2';
      readonly digest: string;
      readonly rounds: number;
      readonly salt: string;
      /** Of the key, in bytes, where it is wrapped: `expected` does not say it then. */
      readonly length?: number;
    }
  | {
      readonly kind: 'firebase';
      readonly N: number;
      readonly r: number;
      readonly salt: string;
      readonly separator: string;
      readonly signerKey: string;
    }
  | {
      readonly kind: 'sha-crypt';
      readonly digest: 'sha256' | 'sha512';
      readonly rounds: number;
      readonly salt: string;
    }
  | { readonly kind: 'md5-crypt'; readonly magic: '$1$' | '$apr1$'; readonly salt: string }
  | {
      readonly kind: 'phpass';
      readonly digest: 'md5' | 'sha512';
      readonly rounds: number;
      readonly salt: string;
      /** Of the password before the first round. */
      readonly first?: 'md5-hex';
    }
  | {
      readonly kind: 'digest';
      readonly digest: string;
      /** `hmac-salt`: the salt is the key. `password`: no digest at all. */
      readonly order: 'prefix' | 'postfix' | 'hmac-salt' | 'none' | 'password';
      readonly salt: string;
    };

/** A hash of elsewhere, as it is kept. */
export interface Recipe {
  readonly prepare?: readonly Preparation[];
  readonly derive: Derivation;
  /** What the derivation gives for the right password, base64; absent where it is wrapped. */
  readonly expected?: string;
  /** A PHC string of argon2id over the base64 of what a fast derivation gives. */
  readonly wrapped?: string;
}

export type Parsed = Recipe | 'HASH_UNKNOWN' | 'HASH_TOO_COSTLY' | undefined;

const MOST_MEMORY = 256 * 1024 * 1024;
export const MOST_ROUNDS = 10_000_000;

/** Whether it asks for more than an imported hash may. */
export function isTooCostly(derive: Derivation): boolean {
  switch (derive.kind) {
    case 'argon2':
      return derive.memory * 1024 > MOST_MEMORY || derive.time > 10 || derive.lanes > 16;
    case 'bcrypt':
      return derive.cost > 15;
    case 'scrypt':
      return 128 * derive.N * derive.r > MOST_MEMORY || derive.p > 16;
    case 'firebase':
      return 128 * derive.N * derive.r > MOST_MEMORY;
    case 'pbkdf2':
    case 'sha-crypt':
      return derive.rounds > MOST_ROUNDS;
    case 'phpass':
      return derive.rounds > 2 ** 24;
    default:
      return false;
  }
}

/** Whether a guess costs so little that the digest is never stored as it came. */
export function isFast(derive: Derivation): boolean {
  return derive.kind === 'digest' || (derive.kind === 'pbkdf2' && derive.rounds < 1000);
}

/** Whether the numbers mean a hash at all. */
export function isSound(derive: Derivation): boolean {
  switch (derive.kind) {
    case 'argon2':
      return derive.time >= 1 && derive.lanes >= 1 && derive.memory >= 8 * derive.lanes;
    case 'bcrypt':
      return derive.cost >= 4 && derive.cost <= 31;
    case 'scrypt':
    case 'firebase':
      return derive.N >= 2 && Math.log2(derive.N) % 1 === 0 && derive.r >= 1 && ('p' in derive ? derive.p >= 1 : true);
    case 'pbkdf2':
    case 'sha-crypt':
      return derive.rounds >= 1;
    default:
      return true;
  }
}
