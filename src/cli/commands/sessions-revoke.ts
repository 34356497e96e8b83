import { loadSettings } from '../../config/config';
import { type Command, CommandError, JSON_HELP, JSON_OPTION, readText } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const sessionsRevoke: Command = {
  summary: 'ends one session, or all of a user',
  help: `postern sessions revoke SESSION [--json]
postern sessions revoke --user USER [--json]

SESSION is an id as \`postern sessions list\` shows it. ${USER_HELP}
Every replica refuses the session's tokens within a second.

  --user USER          all sessions of this user
${JSON_HELP}`,
  options: { ...JSON_OPTION, user: { type: 'string' } },
  operands: { min: 0, max: 1 },
  async run(options, terminal, [sessionId]) {
    const who = readText(options, 'user');
    if ((who === undefined) === (sessionId === undefined)) {
      throw new CommandError('Give a session or --user; see: postern sessions revoke --help');
    }
    const revokedCount = await withTool(withoutKeys(loadSettings()), async (core) => {
      const { admin } = core.useCases;
      if (sessionId !== undefined) {
        await admin.revokeUserSession({ sessionId }, CLI_ACTOR, core.internalCall());
        return 1;
      }
      const { id } = await findUser(core, who ?? '', core.internalCall());
      return admin.revokeUserSessions({ userId: id }, CLI_ACTOR, core.internalCall());
    });
    if (options.json === true) printJson(terminal, { revokedCount });
    else terminal.stdout.write(`Ended ${revokedCount} ${revokedCount === 1 ? 'session' : 'sessions'}\n`);
    return 0;
  },
};
