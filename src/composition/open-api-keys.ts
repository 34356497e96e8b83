import { ApiKeyUses } from '../auth/api-keys/api-key-uses';
import { maintainApiKeys } from '../auth/api-keys/maintain-api-keys';
import { VerifiedApiKeys } from '../auth/api-keys/verified-api-keys';
import { ApiKeyVerifier, type VerifyApiKeyDeps } from '../auth/api-keys/verify-api-key';
import type { Call } from '../auth/call';
import { createApiKeyTexts } from '../crypto/api-keys/api-key-texts';
import { createNetworks } from '../transport/limits/networks';
import { type Rate, SourceLimiter } from '../transport/limits/source-limiter';
import type { Closers } from './closers';

/** Keys that a process remembers; each takes about 1 KiB. */
const MAX_REMEMBERED = 20_000;
/** Unknown keys, of one source: each costs a read of the store. */
const UNKNOWN_KEYS: Rate = { burst: 100, intervalMs: 50 };
/** Three writes in the minute that `last_used_at` may be late. */
const MAINTAIN_EVERY_MS = 20_000;

export type OpenApiKeysDeps = Omit<VerifyApiKeyDeps, 'apiKeyTexts' | 'networks' | 'unknownKeys'> & {
  readonly internalCall: () => Call;
  readonly onProblem: (problem: string, cause: unknown) => void;
};

/** Everything that looks at API keys. Nothing runs by itself before `startMaintenance`. */
export function openApiKeys(deps: OpenApiKeysDeps) {
  const { apiKeys, clock, internalCall, onProblem } = deps;
  const [apiKeyTexts, networks] = [createApiKeyTexts(), createNetworks()];
  const uses = new ApiKeyUses(apiKeys);
  const remembered = new VerifiedApiKeys(MAX_REMEMBERED, (key) => uses.note(key));
  const unknownKeys = new SourceLimiter(UNKNOWN_KEYS, clock);
  const verifier = new ApiKeyVerifier({ ...deps, apiKeyTexts, networks, unknownKeys }, remembered);
  const maintain = maintainApiKeys({ verifier, remembered, uses, internalCall, onProblem });
  return {
    apiKeyTexts,
    networks,
    verifyApiKey: verifier.verify,
    maintain,
    /** Runs `maintain` again and again, until everything closes. */
    startMaintenance(closers: Closers): void {
      const timer = setInterval(maintain, MAINTAIN_EVERY_MS);
      timer.unref();
      closers.push('API keys', async () => {
        clearInterval(timer);
        await maintain();
      });
    },
  };
}
