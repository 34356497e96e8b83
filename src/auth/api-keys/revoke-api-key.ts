import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { Ids } from '../ids';
import type { Revocations } from '../revocation/revocations';
import type { Principal } from '../tokens/principal';
import type { StoredApiKey, StoredApiKeys } from './stored-api-keys';

export interface EndApiKeyDeps {
  readonly apiKeys: StoredApiKeys;
  readonly revocations: Revocations;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Ends a key, whatever user owns it. Idempotent. @throws AuthError INVALID_FIELDS, API_KEY_NOT_FOUND */
export function revokeApiKey(deps: EndApiKeyDeps) {
  return async ({ keyId }: { readonly keyId: string }, actorId: string, call: Call): Promise<void> => {
    const { userId } = await endKeyNow(deps, keyId, undefined, call);
    recordEvent(deps.events, call, 'api_key.revoked', { userId, actorId });
  };
}

/** Ends one of the caller's own keys. @throws AuthError INVALID_FIELDS, API_KEY_NOT_FOUND */
export function revokeMyApiKey(deps: EndApiKeyDeps) {
  return async ({ keyId }: { readonly keyId: string }, { userId, username }: Principal, call: Call): Promise<void> => {
    await endKeyNow(deps, keyId, userId, call);
    recordEvent(deps.events, call, 'api_key.revoked', { userId, username });
  };
}

async function endKeyNow(
  deps: EndApiKeyDeps,
  input: string,
  userId: string | undefined,
  call: Call,
): Promise<StoredApiKey> {
  const check = new FieldCheck();
  const keyId = readId(check, 'key_id', input);
  check.done();
  throwIfEnded(call, deps.clock);
  const end = { at: new Date(deps.clock.now()), reason: 'api_key_revoked' } as const;
  const key = await endApiKey(deps, keyId, userId === undefined ? end : { ...end, userId }, call);
  if (key === undefined) throw new AuthError('API_KEY_NOT_FOUND');
  return key;
}

/**
 * Writes when a key ends and appends that to the feed: every replica refuses the key and the access tokens that were
 * exchanged for it from then on. Written first: a replica that reads the key later reads its end. The same call made
 * again appends again, so that a process that died in between leaves nothing that could not be finished. Returns the
 * key, or undefined when there is none.
 */
export async function endApiKey(
  deps: Pick<EndApiKeyDeps, 'apiKeys' | 'revocations' | 'ids'>,
  keyId: string,
  end: { readonly at: Date; readonly userId?: string; readonly reason: 'api_key_revoked' | 'api_key_rotated' },
  call: Call,
): Promise<StoredApiKey | undefined> {
  const { reason, ...revocation } = end;
  const key = await deps.apiKeys.revoke(keyId, revocation, call);
  if (key === undefined) return undefined;
  const at = key.revokedAt?.getTime() ?? end.at.getTime();
  const record = {
    kind: 'sessions',
    id: deps.ids.next(),
    at,
    userId: key.userId,
    sessionIds: [keyId],
    reason,
  } as const;
  await deps.revocations.publish([record], call);
  return key;
}
