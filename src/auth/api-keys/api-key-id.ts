import type { Ids } from '../ids';

/** Where a UUID has its version (RFC 9562 section 4.2). */
const VERSION_AT = 14;
const API_KEY_VERSION = '8';

/**
 * An id in the order of time whose version is 8, "custom" (RFC 9562 section 5.8). Sessions have ids of version 7: so
 * the `sid` of an access token alone says to every verifier whether it belongs to a session or to a key.
 */
export function newApiKeyId(ids: Ids): string {
  const id = ids.next();
  return `${id.slice(0, VERSION_AT)}${API_KEY_VERSION}${id.slice(VERSION_AT + 1)}`;
}

/** Whether the `sid` of an access token is the id of an API key. */
export function isApiKeyId(sessionId: string): boolean {
  return sessionId[VERSION_AT] === API_KEY_VERSION;
}
