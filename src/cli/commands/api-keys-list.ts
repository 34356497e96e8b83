import { loadSettings } from '../../config/config';
import { printApiKeys } from '../api-key-print';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { withoutKeys, withTool } from '../open-tool';
import { PAGE_HELP, PAGE_OPTIONS, printMore, readPage } from '../paging';
import { printJson } from '../print';

export const apiKeysList: Command = {
  summary: 'lists the API keys of a user, the oldest first',
  help: `postern api-keys list USER [OPTIONS]

${USER_HELP} Keys that have ended are listed for 30 days more.

${PAGE_HELP}
${JSON_HELP}`,
  options: { ...JSON_OPTION, ...PAGE_OPTIONS },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [who = '']) {
    const { keys, nextPageToken } = await withTool(withoutKeys(loadSettings()), async (core) => {
      const { id: userId } = await findUser(core, who, core.internalCall());
      return core.useCases.admin.listApiKeys({ userId, ...readPage(options) }, core.internalCall());
    });
    if (options.json === true) printJson(terminal, { keys, nextPageToken });
    else {
      printApiKeys(terminal, keys);
      printMore(terminal, nextPageToken);
    }
    return 0;
  },
};
