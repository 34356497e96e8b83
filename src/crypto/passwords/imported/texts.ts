/** The bytes as base64, from base64 with or without padding, of either alphabet, or with `.` for `+` (passlib). */
export function fromBase64(text: string): string | undefined {
  const plain = text.replace(/=+$/, '').replaceAll('.', '+').replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) return undefined;
  return Buffer.from(plain, 'base64').toString('base64');
}

export function fromHex(text: string): string | undefined {
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex').toString('base64') : undefined;
}

/** A salt that is used as the text it is. */
export function fromText(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function byteLength(base64: string): number {
  return Buffer.from(base64, 'base64').length;
}

/** `m=1,t=2` in any order, or undefined. */
export function parseParameters(text: string): ReadonlyMap<string, number> | undefined {
  const parameters = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name, value] = /^([a-z]+)=(\d{1,10})$/.exec(part) ?? [];
    if (name === undefined || parameters.has(name)) return undefined;
    parameters.set(name, Number(value));
  }
  return parameters;
}
