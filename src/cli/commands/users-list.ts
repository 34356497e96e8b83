import type { User } from '../../auth/accounts/users';
import type { ListUsersInput } from '../../auth/admin/list-users';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../auth/admin/page';
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

  --query TEXT         only those whose email or username begins with it, in any case
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
    const { users, nextPageToken } = await withTool(withoutKeys(settings), async (core) => {
      const locked = options.locked === true ? await findLockedUserIds(core) : undefined;
      if (role === undefined && locked === undefined) return core.useCases.admin.listUsers(input, core.ownCall());
      const matches = ({ id, roles }: User) =>
        (role === undefined || roles.includes(role)) && (locked === undefined || locked.has(id));
      return listMatching(core, input, matches);
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

/** A page of the users that match, however many others are between them. */
async function listMatching(
  { useCases, ownCall }: Core,
  { pageSize, ...input }: ListUsersInput,
  matches: (user: User) => boolean,
): Promise<{ users: User[]; nextPageToken: string }> {
  const most = pageSize || DEFAULT_PAGE_SIZE;
  const users: User[] = [];
  let { pageToken } = input;
  do {
    const page = await useCases.admin.listUsers({ ...input, pageToken, pageSize: MAX_PAGE_SIZE }, ownCall());
    for (const user of page.users.filter(matches)) {
      if (users.length === most) return { users, nextPageToken: users.at(-1)?.id ?? '' };
      users.push(user);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return { users, nextPageToken: '' };
}
