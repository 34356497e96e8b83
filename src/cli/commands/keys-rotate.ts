import { MAX_LEAD_SECONDS } from '../../auth/admin/rotate-signing-key';
import { AuthError } from '../../auth/errors';
import { loadSettings } from '../../config/config';
import { type Command, CommandError, JSON_HELP, JSON_OPTION } from '../command';
import { parseDuration } from '../moment';
import { CLI_ACTOR, loadWithKeys, withTool } from '../open-tool';
import { printJson } from '../print';
import { openable } from '../sealed-keys';

export const keysRotate: Command = {
  summary: 'makes the next signing key of access tokens (ES256, RS256)',
  help: `postern keys rotate [--lead TIME] [--json]

The replicas publish the key within 15 seconds. It signs about a minute later, or after --lead; what the key before it
signed stays good until it expires.

  --lead TIME   how long the key is published before it signs, like 90s, 24h or 7d; up to 30d. Verifiers that read the
                key set by the clock need a day for a routine rotation; leave it out in an emergency
Needs the service's SECRET_KEY and JWT_ALGORITHM.

${JSON_HELP}`,
  options: { ...JSON_OPTION, lead: { type: 'string' } },
  async run({ json, lead }, terminal) {
    const leadMs = typeof lead === 'string' ? parseDuration('lead', lead) : 0;
    if (leadMs > MAX_LEAD_SECONDS * 1_000) throw new CommandError('--lead must be at most 30d');
    if (loadSettings().tokens.algorithm === 'HS256') throw new AuthError('KEY_NOT_ROTATABLE');
    const config = loadWithKeys();
    const keyId = await withTool(config, async ({ store, useCases, internalCall }) => {
      const stored = await store.signingKeys.list(internalCall());
      // A key that the service could not open would sign nothing.
      if (stored.length > 0 && openable(stored, config.secrets).length === 0) {
        throw new CommandError("The stored keys do not open under this SECRET_KEY; give the service's own");
      }
      return useCases.admin.rotateSigningKey({ actorId: CLI_ACTOR, leadSeconds: leadMs / 1_000 }, internalCall());
    });
    if (json === true) printJson(terminal, { keyId });
    else {
      const signs = leadMs > 60_000 ? `in ${String(lead)}` : 'in about a minute';
      terminal.stdout.write(
        `Made the key ${keyId}; the replicas publish it within 15 seconds, and it signs ${signs}\n`,
      );
    }
    return 0;
  },
};
