import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { isLive, type NewApiKey } from './api-key';
import { MAX_LIFETIME_MS } from './api-key-fields';
import { type ApiKeysDeps, insertApiKey, OWNER_LIMITS } from './create-api-key';
import { type EndApiKeyDeps, endApiKey } from './revoke-api-key';

const MAX_OVERLAP_SECONDS = 86_400;

export interface RotateApiKeyInput {
  readonly keyId: string;
  /** How long the old key lives on. */
  readonly overlapSeconds: number;
}

/**
 * Makes the successor of a live key: a new id and secret, otherwise the same, for as long as the old one was made for.
 * The old one ends after the overlap. The successor is there first, so whatever fails, one of the two works.
 *
 * @throws AuthError INVALID_FIELDS, API_KEY_NOT_FOUND
 */
export function rotateApiKey(deps: ApiKeysDeps & EndApiKeyDeps) {
  return async ({ overlapSeconds, ...input }: RotateApiKeyInput, actorId: string, call: Call): Promise<NewApiKey> => {
    const isOverlap = overlapSeconds >= 0 && overlapSeconds <= MAX_OVERLAP_SECONDS;
    const check = new FieldCheck();
    const keyId = readId(check, 'key_id', input.keyId);
    check.add('overlap_seconds', isOverlap ? undefined : `Must be 0 to ${MAX_OVERLAP_SECONDS}`).done();
    const old = await deps.apiKeys.find(keyId, call);
    const now = deps.clock.now();
    if (old === undefined || !isLive(old, now)) throw new AuthError('API_KEY_NOT_FOUND');
    const { userId, name, roles, allowedCidrs } = old;
    const lifetime = Math.min(old.expiresAt.getTime() - old.createdAt.getTime(), MAX_LIFETIME_MS);
    const fields = { name, roles, allowedCidrs, expiresAt: new Date(now + lifetime) };
    const limits = { ...OWNER_LIMITS, replaces: keyId };
    const successor = await insertApiKey(deps, userId, fields, limits, call);
    const reason = overlapSeconds === 0 ? 'api_key_revoked' : 'api_key_rotated';
    await endApiKey(deps, keyId, { at: new Date(now + overlapSeconds * 1000), reason }, call);
    recordEvent(deps.events, call, 'api_key.rotated', { userId, actorId });
    return successor;
  };
}
