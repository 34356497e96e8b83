import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION, readText } from '../command';
import { withoutKeys, withTool } from '../open-tool';
import { PAGE_HELP, PAGE_OPTIONS, printMore, readPage } from '../paging';
import { printJson, printTable } from '../print';

export const usersList: Command = {
  summary: 'lists users, the oldest first',
  help: `postern users list [OPTIONS]

  --query TEXT         only those whose email or username begins with it, in any case
${PAGE_HELP}
${JSON_HELP}`,
  options: { ...JSON_OPTION, ...PAGE_OPTIONS, query: { type: 'string' } },
  async run(options, terminal) {
    const input = { ...readPage(options), query: readText(options, 'query') ?? '' };
    const { users, nextPageToken } = await withTool(withoutKeys(loadSettings()), ({ useCases, ownCall }) =>
      useCases.admin.listUsers(input, ownCall()),
    );
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
