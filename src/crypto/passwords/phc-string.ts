import { randomBytes } from 'node:crypto';

/** What argon2id costs: memory in KiB, passes, lanes. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly time: number;
  readonly parallelism: number;
}

/** What the record of a user may at most ask of this machine, whatever wrote it. */
const MAX_COST: Argon2Cost = { memoryKib: 1024 * 1024, time: 64, parallelism: 64 };

const PHC = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What a PHC string of argon2id costs, or undefined: it is none. */
export function readArgon2Cost(hash: string): Argon2Cost | undefined {
  const [, memoryKib, time, parallelism] = PHC.exec(hash) ?? [];
  if (memoryKib === undefined) return undefined;
  return { memoryKib: Number(memoryKib), time: Number(time), parallelism: Number(parallelism) };
}

/**
 * Reads the PHC string of a stored user and says whether it was made with other parameters than those in force.
 *
 * @throws Error when it is no argon2id string, or one that asks for more than any hash may cost: the record is broken,
 *   which no caller should learn
 */
export function isOutdated(hash: string, inForce: Argon2Cost): boolean {
  const cost = readArgon2Cost(hash);
  const [salt = '', digest = ''] = hash.split('$').slice(-2);
  if (cost === undefined) throw new Error('A stored password hash is not an argon2id PHC string');
  const names = ['memoryKib', 'time', 'parallelism'] as const;
  if (names.some((name) => cost[name] > Math.max(MAX_COST[name], inForce[name]))) {
    throw new Error('A stored password hash asks for more than any hash may cost');
  }
  const isShort = salt.length < base64Length(SALT_BYTES) || digest.length < base64Length(HASH_BYTES);
  return isShort || names.some((name) => cost[name] !== inForce[name]);
}

/** A hash that no password is known to have: it costs what a real one costs, and was made without hashing. */
export function unmatchableHash({ memoryKib, time, parallelism }: Argon2Cost): string {
  return `$argon2id$v=19$m=${memoryKib},t=${time},p=${parallelism}$${randomText(SALT_BYTES)}$${randomText(HASH_BYTES)}`;
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '');
}

function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
