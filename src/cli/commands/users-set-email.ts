import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const usersSetEmail: Command = {
  summary: "sets a user's email",
  help: `postern users set-email USER EMAIL [--verified] [--json]

${USER_HELP} Sessions live on; links of mails that were sent before are void.

  --verified           you vouch that the user reads the mail of EMAIL; without it the address is unverified
${JSON_HELP}`,
  options: { ...JSON_OPTION, verified: { type: 'boolean' } },
  operands: { min: 2, max: 2 },
  async run(options, terminal, [who = '', email = '']) {
    const user = await withTool(withoutKeys(loadSettings()), async (core) => {
      const { id: userId } = await findUser(core, who, core.internalCall());
      const input = { userId, email, verified: options.verified === true };
      return core.useCases.admin.setUserEmail(input, CLI_ACTOR, core.internalCall());
    });
    const state = user.emailVerified ? 'verified' : 'not verified';
    if (options.json === true) printJson(terminal, { user });
    else terminal.stdout.write(`${user.username} (${user.id}) now has ${user.email} (${state})\n`);
    return 0;
  },
};
