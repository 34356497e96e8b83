import { loadSettings } from '../../config/config';
import { API_KEY_HELP, findApiKeyId } from '../api-key-id';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';
import { printJson } from '../print';

export const apiKeysRevoke: Command = {
  summary: 'ends an API key',
  help: `postern api-keys revoke KEY [--json]

${API_KEY_HELP} Every replica refuses the key, and the access tokens that were
exchanged for it, within a second.

${JSON_HELP}`,
  options: JSON_OPTION,
  operands: { min: 1, max: 1 },
  async run({ json }, terminal, [text = '']) {
    const keyId = findApiKeyId(text);
    await withTool(withoutKeys(loadSettings()), ({ useCases, internalCall }) =>
      useCases.admin.revokeApiKey({ keyId }, CLI_ACTOR, internalCall()),
    );
    if (json === true) printJson(terminal, {});
    else terminal.stdout.write(`Revoked ${keyId}\n`);
    return 0;
  },
};
