import { FieldCheck } from '../accounts/account-fields';
import type { FoundUsers, SearchUsersQuery, User, UserLabel, Users } from '../accounts/users';
import type { Call } from '../call';
import { nextIteration, ROWS_AT_ONCE } from '../next-iteration';
import { formatSearchToken, parseSearchToken } from './name-search-token';
import { PAGE_TOKEN_FAULT, pageFaults, pageLimit, pageSizeFaults, pageStart, readInParts, withinBytes } from './page';

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

/** A search reads about three documents for each user that it finds, and holds others up for as long. */
const MOST_FOUND = 500;

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
  const start = pageStart(input.pageToken);
  const found = await readInParts<User>(limit + 1, (part, last) =>
    users.listPublic({ label: input.label, after: last?.id ?? start, limit: part }, call),
  );
  if (found.length > ROWS_AT_ONCE) await nextIteration();
  const page = withinBytes(found.slice(0, limit), countBytes);
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
  const limit = Math.min(pageLimit(pageSize), MOST_FOUND);
  const { found, next } = await searchInParts(users, { prefix, after, limit }, call);
  if (found.length > ROWS_AT_ONCE) await nextIteration();
  const page = withinBytes(found, ({ user }) => countBytes(user));
  const last = page.length < found.length ? page.at(-1)?.position : next;
  return {
    users: page.map(({ user }) => user),
    nextPageToken: last === undefined ? '' : formatSearchToken(last),
  };
}

/** As `Users.search`, in parts: see `readInParts`. */
async function searchInParts(users: Users, query: SearchUsersQuery, call: Call): Promise<FoundUsers> {
  const found: FoundUsers['found'][number][] = [];
  let next = query.after;
  // A part may look at names that are listed by their other one alone: at most twice as many parts as a page takes.
  for (let parts = 2 * Math.ceil(query.limit / ROWS_AT_ONCE); parts > 0; parts -= 1) {
    const limit = Math.min(ROWS_AT_ONCE, query.limit - found.length);
    const part = await users.search({ ...query, after: next, limit }, call);
    found.push(...part.found);
    next = part.next;
    if (next === undefined || found.length >= query.limit) break;
    await nextIteration();
  }
  return { found, next };
}

/** About as much as a user takes in an answer, and rather more. */
function countBytes({ email, username, roles }: Pick<User, 'email' | 'username' | 'roles'>): number {
  return 100 + 3 * (email.length + username.length) + roles.reduce((sum, role) => sum + 3 * role.length + 4, 0);
}
