import type { Principal } from '../auth/tokens/principal';

/** What the upstream learns of the caller. Nothing that the client sent under these names may survive. */
export const IDENTITY_HEADERS = ['x-auth-user-id', 'x-auth-username', 'x-auth-roles', 'x-auth-session-id'] as const;

/**
 * The headers in the order of `IDENTITY_HEADERS`; roles separated by commas. Values are percent-encoded (RFC 3986),
 * which leaves ASCII names and roles as they are: whatever a token says, a value can neither end a header nor, in a
 * role, begin another one.
 */
export function identityHeaders({ userId, username, roles, sessionId }: Principal): [name: string, value: string][] {
  return [
    ['x-auth-user-id', encoded(userId)],
    ['x-auth-username', encoded(username)],
    ['x-auth-roles', roles.map(encoded).join(',')],
    ['x-auth-session-id', encoded(sessionId)],
  ];
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%3A', ':');
}
