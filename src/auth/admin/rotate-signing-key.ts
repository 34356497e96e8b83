import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { SigningKeyRotation } from '../tokens/signing-keys';

export interface RotateSigningKeyDeps {
  readonly keyring: SigningKeyRotation;
  readonly events: Events;
}

/** Makes the next signing key; returns its `kid`. @throws AuthError KEY_NOT_ROTATABLE under HS256 */
export function rotateSigningKey(deps: RotateSigningKeyDeps) {
  return async (actorId: string, call: Call): Promise<string> => {
    const keyId = await deps.keyring.rotate(call);
    recordEvent(deps.events, call, 'key.rotated', { userId: '', actorId, reason: 'requested' });
    return keyId;
  };
}
