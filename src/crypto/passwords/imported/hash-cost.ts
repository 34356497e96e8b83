import { readArgon2Cost } from '../phc-string';
import type { Derivation, Recipe } from './recipe';
import { byteLength } from './texts';

const DIGITS = 16;
const DIGEST_BYTES: Readonly<Record<string, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  'sha3-224': 28,
  'sha3-384': 48,
};

/**
 * What a recipe costs, as `StoredUser.importedHashCost` has it. Only costs of one kind compare: what a step of a kind
 * takes is measured, see `RefusalFloor`.
 */
export function hashCost({ derive, expected = '', wrapped }: Recipe): string {
  const [kind, steps] =
    wrapped === undefined ? countSteps(derive, byteLength(expected)) : ['argon2', argon2Steps(wrapped)];
  return `${kind}:${String(steps).padStart(DIGITS, '0')}`;
}

function countSteps(derive: Derivation, length: number): [kind: string, steps: number] {
  switch (derive.kind) {
    case 'argon2':
      return [derive.kind, derive.memory * derive.time];
    case 'bcrypt':
      return [derive.kind, 2 ** derive.cost];
    case 'scrypt':
      return [derive.kind, derive.N * derive.r * derive.p];
    case 'firebase':
      return ['scrypt', derive.N * derive.r];
    case 'pbkdf2':
      return [`${derive.kind}-${derive.digest}`, countRounds(derive, length)];
    case 'sha-crypt':
    case 'phpass':
      return [`${derive.kind}-${derive.digest}`, derive.rounds];
    default:
      return [derive.kind, 1];
  }
}

/** The rounds of a PBKDF2 that gives so many bytes: each block of them is derived by itself (RFC 8018 section 5.2). */
export function countRounds(
  { digest, rounds }: { readonly digest: string; readonly rounds: number },
  length: number,
): number {
  return rounds * Math.ceil(length / (DIGEST_BYTES[digest] ?? 64));
}

function argon2Steps(phc: string): number {
  const cost = readArgon2Cost(phc);
  return cost === undefined ? 0 : cost.memoryKib * cost.time;
}
