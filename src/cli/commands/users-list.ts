import { hasNamePrefix } from '../../auth/accounts/names';
import { publicUser, type User } from '../../auth/accounts/users';
import type { ListUsersInput } from '../../auth/admin/list-users';
import { MAX_PAGE_SIZE, pageLimit, pageStart } from '../../auth/admin/page';
import type { Core } from '../../composition/core';
import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION, readText } from '../command';
import { refuseUnknownRoles } from '../known-roles';
import { findLockedUserIds } from '../lockout';
import { withoutKeys, withTool } from '../open-tool';
import { PAGE_HELP, PAGE_OPTIONS, printMore, readPage } from '../paging';
import { printJson, printTable } from '../print';

export const usersList: Command = {
  summary: 'lists users, the oldest first',
  help: `postern users list [OPTIONS]

  --query TEXT         only those whose email or username begins with it, in any case;
                       in the order of that name, but with --role or --locked
  --role ROLE          only those who have this role
  --locked             only those whose logins are refused now after failed ones
${PAGE_HELP}
${JSON_HELP}`,
  options: {
    ...JSON_OPTION,
    ...PAGE_OPTIONS,
    query: { type: 'string' },
    role: { type: 'string' },
    locked: { type: 'boolean' },
  },
  async run(options, terminal) {
    const input = { ...readPage(options), query: readText(options, 'query') ?? '' };
    const settings = loadSettings();
    const role = readText(options, 'role');
    if (role !== undefined) refuseUnknownRoles([role], settings);
    const { users, nextPageToken } = await withTool(withoutKeys(settings), (core) => {
      if (options.locked === true) return listLocked(core, input, role);
      return role === undefined ? listUsers(core, input) : listWithRole(core, input, role);
    });
    if (options.json === true) {
      printJson(terminal, { users, nextPageToken });
      return 0;
    }
    const rows = users.map(({ id, username, email, active, roles, createdAt }) => {
      return [id, username, email, active, roles, createdAt];
    });
    printTable(terminal, ['ID', 'USERNAME', 'EMAIL', 'ACTIVE', 'ROLES', 'CREATED'], rows, 'No users');
    printMore(terminal, nextPageToken);
    return 0;
  },
};

interface Page {
  readonly users: User[];
  readonly nextPageToken: string;
}

/** A search may answer less than a page before its end. */
async function listUsers(
  { useCases, internalCall }: Core,
  { pageSize, query, pageToken }: ListUsersInput,
): Promise<Page> {
  const users: User[] = [];
  let nextPageToken = pageToken;
  do {
    const left = pageLimit(pageSize) - users.length;
    const page = await useCases.admin.listUsers({ query, pageToken: nextPageToken, pageSize: left }, internalCall());
    users.push(...page.users);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== '' && users.length < pageLimit(pageSize));
  return { users, nextPageToken };
}

async function listWithRole({ useCases, internalCall }: Core, input: ListUsersInput, role: string): Promise<Page> {
  const users: User[] = [];
  let { pageToken } = input;
  do {
    const of = { query: '', label: { role }, pageToken, pageSize: MAX_PAGE_SIZE };
    const page = await useCases.admin.listUsers(of, internalCall());
    for (const user of page.users.filter((each) => hasNamePrefix(each, input.query.trim()))) {
      if (users.length === pageLimit(input.pageSize)) return { users, nextPageToken: users.at(-1)?.id ?? '' };
      users.push(user);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return { users, nextPageToken: '' };
}

async function listLocked(core: Core, input: ListUsersInput, role: string | undefined): Promise<Page> {
  const after = pageStart(input.pageToken) ?? '';
  const ids = [...(await findLockedUserIds(core))].filter((id) => id > after).sort();
  const users: User[] = [];
  for (const id of ids) {
    const user = await core.store.users.findById(id, core.internalCall());
    if (user === undefined || (role !== undefined && !user.roles.includes(role))) continue;
    if (!hasNamePrefix(user, input.query.trim())) continue;
    if (users.length === pageLimit(input.pageSize)) return { users, nextPageToken: users.at(-1)?.id ?? '' };
    users.push(publicUser(user));
  }
  return { users, nextPageToken: '' };
}
