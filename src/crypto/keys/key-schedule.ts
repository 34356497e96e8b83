import type { Events } from '../../auth/audit/events';
import type { Call } from '../../auth/call';
import type { Keyring } from './keyring';

export interface KeyScheduleDeps {
  readonly keyring: Pick<Keyring, 'rotateIfDue'>;
  readonly events: Pick<Events, 'record'>;
  readonly internalCall: () => Call;
  /** How long a new key is published before it signs, in ms. */
  readonly keyPropagationMs: number;
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/** Reads the shared signing keys again and again, several times before a new one signs, and rotates when it is due. */
export function keepKeysFresh(deps: KeyScheduleDeps): { close(): void } {
  const timer = setInterval(() => {
    deps.keyring.rotateIfDue(deps.internalCall()).then(
      (keyId) => {
        if (keyId !== undefined) deps.events.record(keyRotated());
      },
      (cause: unknown) => deps.onProblem('The signing keys could not be read', cause),
    );
  }, deps.keyPropagationMs / 4);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

function keyRotated() {
  return {
    type: 'key.rotated',
    userId: '',
    username: '',
    loginDigest: '',
    actorId: '',
    ipAddress: '',
    requestId: '',
    reason: 'scheduled',
  } as const;
}
