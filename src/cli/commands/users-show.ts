import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { withoutKeys, withTool } from '../open-tool';
import { printJson, printUser } from '../print';

export const usersShow: Command = {
  summary: 'shows one user',
  help: `postern users show USER [--json]\n\n${USER_HELP}\n\n${JSON_HELP}`,
  options: JSON_OPTION,
  operands: { min: 1, max: 1 },
  async run({ json }, terminal, [who = '']) {
    const { user, liveSessions } = await withTool(withoutKeys(loadSettings()), async (core) => {
      const found = await findUser(core, who, core.ownCall());
      const live = await core.store.sessions.listLive(found.id, new Date(), core.ownCall());
      return { user: found, liveSessions: live.length };
    });
    if (json === true) printJson(terminal, { user, liveSessions });
    else printUser(terminal, user, { 'live sessions': liveSessions });
    return 0;
  },
};
