import { loadSettings } from '../../config/config';
import { API_KEY_HELP, findApiKeyId } from '../api-key-id';
import { printNewApiKey } from '../api-key-print';
import { type Command, JSON_HELP, JSON_OPTION, readText } from '../command';
import { parseDuration } from '../moment';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';

export const apiKeysRotate: Command = {
  summary: 'makes the successor of an API key',
  help: `postern api-keys rotate KEY [OPTIONS]

${API_KEY_HELP} The successor has a new id and secret,
otherwise it is the same, for as long as the old key was made for. It is printed once, alone on standard output.

  --overlap TIME       how long the old key lives on: 30m, 24h; at most 1d, 0s without it
${JSON_HELP}`,
  options: { ...JSON_OPTION, overlap: { type: 'string' } },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [text = '']) {
    const keyId = findApiKeyId(text);
    const overlapSeconds = parseDuration('overlap', readText(options, 'overlap') ?? '0s') / 1000;
    const successor = await withTool(withoutKeys(loadSettings()), ({ useCases, internalCall }) =>
      useCases.admin.rotateApiKey({ keyId, overlapSeconds }, CLI_ACTOR, internalCall()),
    );
    printNewApiKey(terminal, successor, options.json === true);
    return 0;
  },
};
