import { createHash } from 'node:crypto';

// Keys are bytes. Any text must make one, though LMDB wants 1 to 1978 bytes: ids and names come from callers.

const LONGEST_TEXT = 900;
/** In bytes: a text of which a digest stands for the rest. */
export const LONGEST_KEY = LONGEST_TEXT + 32;

/**
 * The key of a text: its UTF-8 bytes. Of a text that is empty or longer than LMDB allows, the digest stands for what is
 * missing, so that different texts keep different keys and the order by prefix holds for the first 900 bytes.
 */
export function textKey(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 0 && bytes.length <= LONGEST_TEXT) return bytes;
  return Buffer.concat([bytes.subarray(0, LONGEST_TEXT), digest(text)]);
}

/** Groups rows by their first part; within a group in the order of the second. */
export function pairKey(first: string, second: string): Buffer {
  return Buffer.concat([groupKey(first), textKey(second)]);
}

/** What all `pairKey`s of one first part begin with. */
export function groupKey(first: string): Buffer {
  return Buffer.concat([textKey(first), Buffer.of(0)]);
}

/** In the order of numbers; a whole number from 0 to 2^53 - 1, or a time in ms. */
export function numberKey(value: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(value))));
  return key;
}

/** SHA-256: where the text itself must not be in the store. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** All keys that begin with `prefix`, as bounds for a range. */
export function startingWith(prefix: Buffer): { start: Buffer; end: Buffer } {
  // 0xff never begins a UTF-8 sequence; two of them are greater than what any key of ours goes on with.
  return { start: prefix, end: Buffer.concat([prefix, AFTER_ALL]) };
}

const AFTER_ALL = Buffer.alloc(9, 0xff);
