import type { User } from '../../auth/accounts/users';
import type { Core } from '../../composition/core';
import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { withoutKeys, withTool } from '../open-tool';
import { printJson, printTable } from '../print';

const PAGE_SIZE = 1_000;

export const serviceAccountsList: Command = {
  summary: 'lists the service accounts, the oldest first',
  help: `postern service-accounts list [--json]\n\n${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    const users = await withTool(withoutKeys(loadSettings()), listServiceAccounts);
    if (json === true) printJson(terminal, { users });
    else {
      const rows = users.map(({ id, username, active, roles, createdAt }) => [id, username, active, roles, createdAt]);
      printTable(terminal, ['ID', 'USERNAME', 'ACTIVE', 'ROLES', 'CREATED'], rows, 'No service accounts');
    }
    return 0;
  },
};

async function listServiceAccounts({ useCases, internalCall }: Core): Promise<User[]> {
  const found: User[] = [];
  let pageToken = '';
  do {
    const of = { pageSize: PAGE_SIZE, pageToken, query: '', label: { kind: 'service' } } as const;
    const page = await useCases.admin.listUsers(of, internalCall());
    found.push(...page.users);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}
