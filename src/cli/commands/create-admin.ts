import { ADMIN_ROLE } from '../../auth/admin/authorize';
import { loadSettings } from '../../config/config';
import { askNewPassword, readPassword } from '../ask-password';
import { type Command, CommandError } from '../command';
import { CLI_ACTOR, refuseMissingStore, withoutKeys, withTool } from '../open-tool';

/** The first admin, and any further one; works beside a running service. */
export const createAdmin: Command = {
  summary: 'makes a user with the role admin, also while the service runs',
  help: `postern create-admin --email EMAIL --username NAME [--password-stdin] [--new-store]

  --email EMAIL        the email address
  --username NAME      the username
  --password-stdin     read the password from standard input; otherwise it is asked for, twice
  --new-store          make the embedded store where there is none yet; otherwise that is refused

Works on the store that DATABASE_URL names, under the same rules for names and passwords as Register.`,
  options: {
    email: { type: 'string' },
    username: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    'new-store': { type: 'boolean' },
  },
  async run(options, terminal) {
    const { email, username } = options;
    if (typeof email !== 'string' || typeof username !== 'string') {
      throw new CommandError('Give --email and --username; see: postern create-admin --help');
    }
    const settings = loadSettings();
    const newStore = options['new-store'] === true;
    if (!newStore) refuseMissingStore(settings);
    const password = options['password-stdin'] === true ? await readPassword(terminal) : await askNewPassword(terminal);
    const user = await withTool(
      withoutKeys(settings),
      ({ useCases, internalCall }) =>
        useCases.admin.createUser({ email, username, password, roles: [ADMIN_ROLE] }, CLI_ACTOR, internalCall()),
      { newStore },
    );
    terminal.stdout.write(`Made the admin ${user.username} (${user.id})\n`);
    if (settings.requireVerifiedEmail) {
      const command = `postern users set-email ${user.id} ${user.email} --verified`;
      terminal.stdout.write(`REQUIRE_VERIFIED_EMAIL is on: to vouch for the address run: ${command}\n`);
    }
    return 0;
  },
};
