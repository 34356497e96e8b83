import { FieldCheck } from '../accounts/account-fields';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { SigningKeyRotation } from '../tokens/signing-keys';

export interface RotateSigningKeyDeps {
  readonly keyring: SigningKeyRotation;
  readonly events: Events;
}

export interface RotateSigningKeyInput {
  readonly actorId: string;
  /** How long the key is published before it signs, in seconds, up to 30 days; a minute at least. */
  readonly leadSeconds: number;
}

export const MAX_LEAD_SECONDS = 30 * 86_400;

/** Makes the next signing key; returns its `kid`. @throws AuthError KEY_NOT_ROTATABLE under HS256, INVALID_FIELDS */
export function rotateSigningKey(deps: RotateSigningKeyDeps) {
  return async ({ actorId, leadSeconds }: RotateSigningKeyInput, call: Call): Promise<string> => {
    new FieldCheck().add('lead_seconds', leadFault(leadSeconds)).done();
    const keyId = await deps.keyring.rotate(call, leadSeconds * 1_000);
    recordEvent(deps.events, call, 'key.rotated', { userId: '', actorId, reason: 'requested' });
    return keyId;
  };
}

function leadFault(seconds: number): string | undefined {
  return seconds >= 0 && seconds <= MAX_LEAD_SECONDS ? undefined : `Must be 0 to ${MAX_LEAD_SECONDS} seconds`;
}
