import type { Parsed } from './recipe';
import { fromBase64, parseParameters } from './texts';

/** PHC text with its parameters in any order (npm argon2 0.45 writes `m,p,t`), also behind Django's `argon2`. */
export function parseArgon2(text: string): Parsed {
  const [, type, version, parameters, salt64, hash64] =
    /^(?:argon2)?\$argon2(id|i|d)\$(?:v=(16|19)\$)?([a-z0-9=,]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text) ?? [];
  if (salt64 === undefined || hash64 === undefined) return undefined;
  const values = parseParameters(parameters ?? '');
  const [memory, time, lanes] = ['m', 't', 'p'].map((name) => values?.get(name));
  const [salt, expected] = [fromBase64(salt64), fromBase64(hash64)];
  if (values?.size !== 3 || memory === undefined || time === undefined || lanes === undefined) return 'HASH_UNKNOWN';
  if (salt === undefined || expected === undefined) return 'HASH_UNKNOWN';
  return {
    derive: {
      kind: 'argon2',
      type: type as 'id',
      version: version === '19' ? 19 : 16,
      memory,
      time,
      lanes,
      salt,
    },
    expected,
  };
}
