import { ValidateRequest } from '../../gen/postern/auth/v1/auth_service';

/** The tag of `access_token`, length-delimited. */
const ACCESS_TOKEN = 0x0a;
/** Where a token begins whose length takes two bytes, and one whose length takes one, as an API key's does. */
const START = 3;
const SHORT_START = 2;

/**
 * What the generated decoder gives, in a third of its time for what nearly every caller sends: an access token or
 * an API key and nothing else.
 *
 * @throws whatever the generated decoder throws on malformed bytes
 */
export function decodeValidateRequest(bytes: Uint8Array): ValidateRequest {
  const start = bytes instanceof Buffer ? findOnlyToken(bytes) : undefined;
  if (start === undefined) return ValidateRequest.decode(bytes);
  return { accessToken: (bytes as Buffer).toString('utf8', start), allowAnonymous: false, fresh: false };
}

/** Where a token of up to 16,383 bytes begins that is all there is. */
function findOnlyToken(bytes: Buffer): number | undefined {
  if (bytes[0] !== ACCESS_TOKEN) return undefined;
  const low = bytes[1] as number;
  if (low < 128) return bytes.length === SHORT_START + low ? SHORT_START : undefined;
  const high = bytes[2] as number;
  return high < 128 && bytes.length === START + (low & 127) + high * 128 ? START : undefined;
}
