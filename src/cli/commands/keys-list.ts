import type { StoredSigningKey } from '../../auth/tokens/signing-keys';
import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { withoutKeys, withTool } from '../open-tool';
import { printJson, printTable } from '../print';

export const keysList: Command = {
  summary: 'lists the signing keys of access tokens',
  help: `postern keys list [--json]

State: "next" is published and signs later, "signing" signs, "verifying" only verifies what it signed until that has
expired. Under JWT_ALGORITHM=HS256 the key is SECRET_KEY, which is never shown.

${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    const settings = loadSettings();
    const { algorithm } = settings.tokens;
    const stored = await withTool(withoutKeys(settings), ({ store, internalCall }) =>
      store.signingKeys.list(internalCall()),
    );
    const keys = withStates(stored, Date.now());
    if (json === true) {
      printJson(terminal, { algorithm, keys });
      return 0;
    }
    if (algorithm === 'HS256') terminal.stdout.write('Access tokens are signed with SECRET_KEY (HS256)\n');
    if (algorithm === 'HS256' && keys.length === 0) return 0;
    const rows = keys.map((key) => [key.keyId, key.algorithm, key.state, key.createdAt, key.activeAt]);
    const none = 'No keys yet: the service makes the first when it starts';
    printTable(terminal, ['KEY ID', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM'], rows, none);
    return 0;
  },
};

function withStates(stored: readonly StoredSigningKey[], now: number) {
  const signing = stored.findLast(({ activeAt }) => activeAt.getTime() <= now) ?? stored[0];
  return stored.map(({ id, sequence, algorithm, createdAt, activeAt }) => {
    const isLater = signing !== undefined && sequence > signing.sequence;
    const state = id === signing?.id ? 'signing' : isLater ? 'next' : 'verifying';
    return { keyId: id, algorithm, state, createdAt, activeAt };
  });
}
