/** Longer texts are refused unread. */
export const MAX_TOKEN_LENGTH = 4096;

const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/**
 * Last characters with which no bits are left over, by the number of characters after the last whole four (RFC 4648
 * section 3.5).
 */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

/**
 * The header of a JWS in compact form (RFC 7515 section 7.1), or undefined when the text is anything else, a JWE for
 * example.
 */
export function headerText(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !SHAPE.test(token)) return undefined;
  const parts = token.split('.');
  return parts.every(isCanonical) ? parts[0] : undefined;
}

/** Whether these bytes have no other base64url text. */
function isCanonical(part: string): boolean {
  switch (part.length % 4) {
    case 0:
      return true;
    case 2:
      return LAST_OF_TWO.test(part);
    case 3:
      return LAST_OF_THREE.test(part);
    default:
      return false;
  }
}
