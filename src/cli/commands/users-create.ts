import { loadSettings } from '../../config/config';
import { askNewPassword, readPassword } from '../ask-password';
import { type Command, CommandError, JSON_HELP, JSON_OPTION, readText, readTexts } from '../command';
import { refuseUnknownRoles } from '../known-roles';
import { CLI_ACTOR, refuseMissingStore, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const usersCreate: Command = {
  summary: 'makes a user',
  help: `postern users create --email EMAIL --username NAME [--role ROLE ...] [--password-stdin] [--json]

  --email EMAIL        the email address
  --username NAME      the username
  --role ROLE          a role of the setting ROLES; may be given more than once; \`user\` without it
  --password-stdin     read the password from standard input; otherwise it is asked for, twice
${JSON_HELP}

The rules for names and passwords are those of Register. A service account: postern service-accounts create.`,
  options: {
    ...JSON_OPTION,
    email: { type: 'string' },
    username: { type: 'string' },
    role: { type: 'string', multiple: true },
    'password-stdin': { type: 'boolean' },
  },
  async run(options, terminal) {
    const [email, username] = [readText(options, 'email'), readText(options, 'username')];
    if (email === undefined || username === undefined) {
      throw new CommandError('Give --email and --username; see: postern users create --help');
    }
    const settings = loadSettings();
    const roles = readTexts(options, 'role');
    refuseUnknownRoles(roles, settings);
    refuseMissingStore(settings);
    const password = options['password-stdin'] === true ? await readPassword(terminal) : await askNewPassword(terminal);
    const user = await withTool(withoutKeys(settings), ({ useCases, internalCall }) =>
      useCases.admin.createUser({ email, username, password, roles }, CLI_ACTOR, internalCall()),
    );
    if (options.json === true) printJson(terminal, { user });
    else terminal.stdout.write(`Made ${user.username} (${user.id}) with: ${user.roles.join(', ')}\n`);
    return 0;
  },
};
