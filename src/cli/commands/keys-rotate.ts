import { AuthError } from '../../auth/errors';
import { loadConfig, loadSettings } from '../../config/config';
import { type Command, CommandError, JSON_HELP, JSON_OPTION } from '../command';
import { CLI_ACTOR, withTool } from '../open-tool';
import { printJson } from '../print';
import { openable } from '../sealed-keys';

export const keysRotate: Command = {
  summary: 'makes the next signing key of access tokens (ES256, RS256)',
  help: `postern keys rotate [--json]

The key is published at once and signs about a minute later; what the key before it signed stays good until it expires.
Needs the service's SECRET_KEY and JWT_ALGORITHM.

${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    // Before the secret is looked for: where there is none it would be made.
    if (loadSettings().tokens.algorithm === 'HS256') throw new AuthError('KEY_NOT_ROTATABLE');
    const config = loadConfig();
    const keyId = await withTool(config, async ({ store, useCases, ownCall }) => {
      const stored = await store.signingKeys.list(ownCall());
      // A key that the service could not open would be of use to nobody.
      if (stored.length > 0 && openable(stored, config.secrets).length === 0) {
        throw new CommandError("The stored keys do not open under this SECRET_KEY; give the service's own");
      }
      return useCases.admin.rotateSigningKey(CLI_ACTOR, ownCall());
    });
    if (json === true) printJson(terminal, { keyId });
    else terminal.stdout.write(`Made the key ${keyId}; it is published now and signs in about a minute\n`);
    return 0;
  },
};
