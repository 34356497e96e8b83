import { loadSettings } from '../../config/config';
import { printNewApiKey } from '../api-key-print';
import { type Command, CommandError, JSON_HELP, JSON_OPTION, readText, readTexts } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { parseDuration } from '../moment';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';

export const apiKeysCreate: Command = {
  summary: 'makes an API key for a user or a service account',
  help: `postern api-keys create USER --name NAME [OPTIONS]

${USER_HELP} The key is printed once, alone on standard output; it cannot be shown again.

  --name NAME          what to know it by
  --role ROLE          one of the owner's roles, may come more than once; all of them without it
  --expires-in TIME    30m, 24h, 90d; at most 366d, 90d without it
  --cidr NETWORK       from where it may be used, may come more than once; from everywhere without it
${JSON_HELP}`,
  options: {
    ...JSON_OPTION,
    name: { type: 'string' },
    role: { type: 'string', multiple: true },
    'expires-in': { type: 'string' },
    cidr: { type: 'string', multiple: true },
  },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [who = '']) {
    const name = readText(options, 'name');
    if (name === undefined) throw new CommandError('Give --name; see: postern api-keys create --help');
    const lifetime = readText(options, 'expires-in');
    const lifetimeMs = lifetime === undefined ? undefined : parseDuration('expires-in', lifetime);
    const created = await withTool(withoutKeys(loadSettings()), async (core) => {
      const { id: userId } = await findUser(core, who, core.internalCall());
      const expiresAt = lifetimeMs === undefined ? undefined : new Date(Date.now() + lifetimeMs);
      const fields = {
        userId,
        name,
        roles: readTexts(options, 'role'),
        expiresAt,
        allowedCidrs: readTexts(options, 'cidr'),
      };
      return core.useCases.admin.createApiKey(fields, CLI_ACTOR, core.internalCall());
    });
    printNewApiKey(terminal, created, options.json === true);
    return 0;
  },
};
