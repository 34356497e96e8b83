import { parseId } from '../auth/accounts/parse-id';
import { publicUser, type User } from '../auth/accounts/users';
import type { Call } from '../auth/call';
import { AuthError } from '../auth/errors';
import type { Core } from '../composition/core';

/**
 * The user that `name` means: an id, an email or a username; space around it does not count. @throws AuthError
 * USER_NOT_FOUND
 */
export async function findUser({ store: { users } }: Core, name: string, call: Call): Promise<User> {
  const text = name.trim();
  const id = parseId(text);
  const byId = id === undefined ? undefined : await users.findById(id, call);
  const user = byId ?? (await (text.includes('@') ? users.findByEmail(text, call) : users.findByUsername(text, call)));
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  return publicUser(user);
}

/** Whether it has the shape of an id; a username may have it too. */
export function isUserId(name: string): boolean {
  return parseId(name.trim()) !== undefined;
}

export const USER_HELP = 'USER is an id, an email or a username.';
