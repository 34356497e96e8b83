import { GenerationalCache } from '../tokens/generational-cache';
import type { VerifiedApiKey } from './verified-api-key';

/** The checksum distinguishes keys, and with it everything before. */
const CHECKSUM_LENGTH = 6;

/** Keys that were verified. `onEvicted` hears of every key that is dropped. */
export class VerifiedApiKeys extends GenerationalCache<VerifiedApiKey> {
  constructor(maxEntries: number, onEvicted: (key: VerifiedApiKey) => void) {
    const limits = { maxEntries, maxBytes: Number.POSITIVE_INFINITY, countBytes: () => 0 };
    super({ ...limits, suffixLength: CHECKSUM_LENGTH, isSameText, onEvicted });
  }
}

/**
 * In a time that does not depend on where they differ: any caller can compute the checksum by which one is found.
 */
function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
