import type { Parsed } from './recipe';
import { fromBase64 } from './texts';

/** `project` is the JSON or the `hash_config {...}` that Firebase's console shows. */
export function parseFirebase(salt64: string, hash64: string, project: string | undefined): Parsed {
  const read = (name: string): string =>
    new RegExp(`${name}"?\\s*[:=]\\s*"?([A-Za-z0-9+/=_-]+)`, 'i').exec(project ?? '')?.[1] ?? '';
  const signerKey = fromBase64(read('(?:base64_?)?signer_?key'));
  const separator = fromBase64(read('(?:base64_?)?salt_?separator'));
  const [r, memCost] = [Number(read('rounds')), Number(read('mem_?cost'))];
  const [salt, expected] = [fromBase64(salt64), fromBase64(hash64)];
  if (!signerKey || separator === undefined || !salt || !expected || !r || !memCost) return 'HASH_UNKNOWN';
  return { derive: { kind: 'firebase', N: 2 ** memCost, r, salt, separator, signerKey }, expected };
}
