import { publicUser, type User } from '../auth/accounts/users';
import type { Call } from '../auth/call';
import { AuthError } from '../auth/errors';
import type { Core } from '../composition/core';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The user whom `name` means: an id, an email or a username. @throws AuthError USER_NOT_FOUND */
export async function findUser({ store: { users } }: Core, name: string, call: Call): Promise<User> {
  const byId = isUserId(name) ? await users.findById(name.toLowerCase(), call) : undefined;
  const user = byId ?? (await (name.includes('@') ? users.findByEmail(name, call) : users.findByUsername(name, call)));
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  return publicUser(user);
}

/** Whether it has the shape of an id; a username may have it too. */
export function isUserId(name: string): boolean {
  return UUID.test(name);
}

export const USER_HELP = 'USER is an id, an email or a username.';
