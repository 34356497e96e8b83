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
 * takes is measured, see `RefusalFloor`. A step in memory that no cache holds takes several times one that a cache
 * holds, and lanes may run side by side: so costs compare only within a power of two of memory, and for as many lanes.
 */
export function hashCost({ derive, expected = '', wrapped }: Recipe): string {
  const [kind, steps] = wrapped === undefined ? countSteps(derive, byteLength(expected)) : countWrapSteps(wrapped);
  return `${kind}:${String(steps).padStart(DIGITS, '0')}`;
}

function countSteps(derive: Derivation, length: number): [kind: string, steps: number] {
  switch (derive.kind) {
    case 'argon2':
      return countArgon2Steps(derive);
    case 'bcrypt':
      return [derive.kind, 2 ** derive.cost];
    case 'scrypt':
      return [`scrypt-${nameMemory((derive.N * derive.r) / 8)}`, derive.N * derive.r * derive.p];
    case 'firebase':
      return [`scrypt-${nameMemory((derive.N * derive.r) / 8)}`, derive.N * derive.r];
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

function countWrapSteps(phc: string): [kind: string, steps: number] {
  const cost = readArgon2Cost(phc);
  if (cost === undefined) return ['argon2', 0];
  return countArgon2Steps({ memory: cost.memoryKib, time: cost.time, lanes: cost.parallelism });
}

function countArgon2Steps(cost: {
  readonly memory: number;
  readonly time: number;
  readonly lanes: number;
}): [kind: string, steps: number] {
  return [`argon2-${nameMemory(cost.memory)}-p${cost.lanes}`, cost.memory * cost.time];
}

function nameMemory(kib: number): string {
  return `m${Math.floor(Math.log2(Math.max(kib, 1)))}`;
}
