import { FieldCheck } from '../accounts/account-fields';
import { publicUser, type User, type UserLabel, type Users } from '../accounts/users';
import type { Call } from '../call';
import { formatSearchToken, parseSearchToken } from './name-search-token';
import { PAGE_TOKEN_FAULT, pageFaults, pageLimit, pageSizeFaults, pageStart, withinBytes } from './page';

export interface ListUsersInput {
  readonly pageSize: number;
  readonly pageToken: string;
  readonly query: string;
  /** Only with an empty `query`. */
  readonly label?: UserLabel;
}

interface UserPage {
  readonly users: User[];
  readonly nextPageToken: string;
}

/** A page of users: by age, or with a query by the name that matches it. @throws AuthError INVALID_FIELDS */
export function listUsers({ users }: { readonly users: Users }) {
  return async (input: ListUsersInput, call: Call): Promise<UserPage> => {
    const check = new FieldCheck();
    check.add('query', input.query.length > 254 ? 'Must have at most 254 characters' : undefined);
    const prefix = input.query.trim();
    return prefix === '' ? listByAge(users, input, check, call) : searchByName(users, prefix, input, check, call);
  };
}

async function listByAge(users: Users, input: ListUsersInput, check: FieldCheck, call: Call): Promise<UserPage> {
  pageFaults(check, input).done();
  const limit = pageLimit(input.pageSize);
  const found = await users.list({ label: input.label, after: pageStart(input.pageToken), limit: limit + 1 }, call);
  const page = withinBytes(found.slice(0, limit).map(publicUser), countBytes);
  return { users: page, nextPageToken: found.length > page.length ? (page.at(-1)?.id ?? '') : '' };
}

async function searchByName(
  users: Users,
  prefix: string,
  { pageSize, pageToken }: ListUsersInput,
  check: FieldCheck,
  call: Call,
): Promise<UserPage> {
  const after = parseSearchToken(pageToken);
  const tokenIsWrong = pageToken !== '' && after === undefined;
  pageSizeFaults(check, pageSize)
    .add('page_token', tokenIsWrong ? PAGE_TOKEN_FAULT : undefined)
    .done();
  const { found, next } = await users.search({ prefix, after, limit: pageLimit(pageSize) }, call);
  const page = withinBytes(found, ({ user }) => countBytes(user));
  const last = page.length < found.length ? page.at(-1)?.position : next;
  return {
    users: page.map(({ user }) => publicUser(user)),
    nextPageToken: last === undefined ? '' : formatSearchToken(last),
  };
}

/** About as much as a user takes in an answer, and rather more. */
function countBytes({ email, username, roles }: Pick<User, 'email' | 'username' | 'roles'>): number {
  return 100 + 3 * (email.length + username.length) + roles.reduce((sum, role) => sum + 3 * role.length + 4, 0);
}
