import { FieldCheck } from '../accounts/account-fields';
import { publicUser, type User, type Users } from '../accounts/users';
import type { Call } from '../call';
import { pageFaults, pageLimit, pageStart, withinBytes } from './page';

export interface ListUsersInput {
  readonly pageSize: number;
  readonly pageToken: string;
  readonly query: string;
}

/** A page of users by age. @throws AuthError INVALID_FIELDS */
export function listUsers(deps: { readonly users: Users }) {
  return async (input: ListUsersInput, call: Call): Promise<{ users: User[]; nextPageToken: string }> => {
    const check = pageFaults(new FieldCheck(), input);
    check.add('query', input.query.length > 254 ? 'Must have at most 254 characters' : undefined).done();
    const limit = pageLimit(input.pageSize);
    const found = await deps.users.list(
      { prefix: input.query.trim(), after: pageStart(input.pageToken), limit: limit + 1 },
      call,
    );
    const users = withinBytes(found.slice(0, limit).map(publicUser), countBytes);
    return { users, nextPageToken: found.length > users.length ? (users.at(-1)?.id ?? '') : '' };
  };
}

/** About as much as a user takes in an answer, and rather more. */
function countBytes({ email, username, roles }: User): number {
  return 100 + 3 * (email.length + username.length) + roles.reduce((sum, role) => sum + 3 * role.length + 4, 0);
}
