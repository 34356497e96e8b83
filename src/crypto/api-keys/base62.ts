const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);
const VALUES: ReadonlyMap<string, bigint> = new Map([...DIGITS].map((digit, value) => [digit, BigInt(value)]));

/** A number in base62, the most significant digit first, padded with `0` to `length`. */
export function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= BASE) text = DIGITS[Number(rest % BASE)] + text;
  return text.padStart(length, '0');
}

/** The number of a base62 text, or undefined when it is none. */
export function parseBase62(text: string): bigint | undefined {
  let value = 0n;
  for (const digit of text) {
    const next = VALUES.get(digit);
    if (next === undefined) return undefined;
    value = value * BASE + next;
  }
  return value;
}
