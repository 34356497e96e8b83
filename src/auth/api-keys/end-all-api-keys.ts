import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { isLive } from './api-key';
import { type EndApiKeyDeps, endApiKey } from './revoke-api-key';

export type EndAllApiKeysDeps = EndApiKeyDeps;

/** About as many as an owner has at most. */
const BATCH = 1_000;

/** Ends every live key of a user, on every replica within a second. */
export async function endAllApiKeys(deps: EndAllApiKeysDeps, userId: string, call: Call): Promise<void> {
  for (let after: string | undefined; ; ) {
    const keys = await deps.apiKeys.list({ userId, after, limit: BATCH }, call);
    const now = deps.clock.now();
    for (const { id } of keys.filter((key) => isLive(key, now))) {
      await endApiKey(deps, id, { at: new Date(deps.clock.now()), reason: 'api_key_revoked' }, call);
      recordEvent(deps.events, call, 'api_key.revoked', { userId, reason: 'password_reset' });
    }
    if (keys.length < BATCH) return;
    after = keys.at(-1)?.id;
  }
}
