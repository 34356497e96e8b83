import { loadSettings } from '../../config/config';
import { askNewPassword, readPassword } from '../ask-password';
import { type Command, CommandError, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const usersSetPassword: Command = {
  summary: "sets a user's password, or sends the mail with which the owner does",
  help: `postern users set-password USER [--password-stdin | --send-reset] [--json]

${USER_HELP} Ends all sessions of the user and forgets failed logins.

  --password-stdin     read the password from standard input; otherwise it is asked for, twice
  --send-reset         set none: the owner gets a mail, by which to choose one; the old password is good until then.
                       Wants the mail settings of the service, which sends it
${JSON_HELP}`,
  options: { ...JSON_OPTION, 'password-stdin': { type: 'boolean' }, 'send-reset': { type: 'boolean' } },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [who = '']) {
    const sendsReset = options['send-reset'] === true;
    const isPiped = options['password-stdin'] === true;
    if (sendsReset && isPiped) throw new CommandError('Give --password-stdin or --send-reset, not both');
    const settings = loadSettings();
    const newPassword = sendsReset ? undefined : await (isPiped ? readPassword(terminal) : askNewPassword(terminal));
    const user = await withTool(withoutKeys(settings), async (core) => {
      const found = await findUser(core, who, core.internalCall());
      const { admin } = core.useCases;
      if (newPassword === undefined)
        await admin.sendPasswordReset({ userId: found.id }, CLI_ACTOR, core.internalCall());
      else await admin.setUserPassword({ userId: found.id, newPassword }, CLI_ACTOR, core.internalCall());
      return found;
    });
    const said = sendsReset ? 'A mail is on its way to' : 'Set the password of';
    if (options.json === true) printJson(terminal, { user });
    else terminal.stdout.write(`${said} ${user.username} (${user.id}); all sessions have ended\n`);
    return 0;
  },
};
