import type { Logger } from 'pino';
import type { Core } from './core';

/** Reads the shared signing keys again and again, several times before a new one signs, and rotates when it is due. */
export function keepKeysFresh(core: Core, log: Logger): { close(): void } {
  const timer = setInterval(() => {
    core.keyring.rotateIfDue(core.internalCall()).then(
      (keyId) => {
        if (keyId !== undefined) core.events.record(keyRotated());
      },
      (cause: unknown) => log.warn({ err: cause }, 'The signing keys could not be read'),
    );
  }, core.keyPropagationMs / 4);
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
