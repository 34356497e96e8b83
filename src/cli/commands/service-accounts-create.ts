import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION, readTexts } from '../command';
import { refuseUnknownRoles } from '../known-roles';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const serviceAccountsCreate: Command = {
  summary: 'makes a service account, which has no password and holds API keys',
  help: `postern service-accounts create USERNAME [OPTIONS]

  --role ROLE          may come more than once; \`user\` without it
${JSON_HELP}`,
  options: { ...JSON_OPTION, role: { type: 'string', multiple: true } },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [username = '']) {
    const settings = loadSettings();
    const roles = readTexts(options, 'role');
    refuseUnknownRoles(roles, settings);
    const user = await withTool(withoutKeys(settings), ({ useCases, internalCall }) =>
      useCases.admin.createServiceAccount({ username, roles }, CLI_ACTOR, internalCall()),
    );
    if (options.json === true) printJson(terminal, { user });
    else terminal.stdout.write(`Made the service account ${user.username} (${user.id})\n`);
    return 0;
  },
};
