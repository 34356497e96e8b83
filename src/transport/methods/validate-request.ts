import { ValidateRequest } from '../../gen/postern/auth/v1/auth_service';

/** The tag of `access_token`, length-delimited. */
const ACCESS_TOKEN = 0x0a;
/** Where a token begins whose length takes two bytes. */
const START = 3;

/**
 * What the generated decoder gives, in a third of its time for what nearly every caller sends: an access token and
 * nothing else.
 *
 * @throws whatever the generated decoder throws on malformed bytes
 */
export function decodeValidateRequest(bytes: Uint8Array): ValidateRequest {
  if (!(bytes instanceof Buffer) || !isOnlyToken(bytes)) return ValidateRequest.decode(bytes);
  return { accessToken: bytes.toString('utf8', START), allowAnonymous: false, fresh: false };
}

/** Whether an access token of 128 to 16,383 bytes is all there is. */
function isOnlyToken(bytes: Buffer): boolean {
  const low = bytes[1] as number;
  const high = bytes[2] as number;
  return bytes[0] === ACCESS_TOKEN && low > 127 && high < 128 && bytes.length === START + (low & 127) + high * 128;
}
