import { listLiveSessions, publicSession } from '../../auth/sessions/sessions';
import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { withoutKeys, withTool } from '../open-tool';
import { printJson, printTable } from '../print';

export const sessionsList: Command = {
  summary: 'lists the live sessions of a user, the newest first',
  help: `postern sessions list USER [--json]\n\n${USER_HELP}\n\n${JSON_HELP}`,
  options: JSON_OPTION,
  operands: { min: 1, max: 1 },
  async run({ json }, terminal, [who = '']) {
    const live = await withTool(withoutKeys(loadSettings()), async (core) => {
      const { id } = await findUser(core, who, core.internalCall());
      return listLiveSessions(core.store, id, { now: new Date() }, core.internalCall());
    });
    const sessions = live.map(publicSession);
    if (json === true) printJson(terminal, { sessions });
    else {
      const headings = ['ID', 'DEVICE', 'USER AGENT', 'ADDRESS', 'CREATED', 'LAST USED', 'EXPIRES'];
      const rows = sessions.map((session) => Object.values(session));
      printTable(terminal, headings, rows, 'No live sessions');
    }
    return 0;
  },
};
