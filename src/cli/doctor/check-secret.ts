import type { Secrets } from '../../config/config';
import { deriveSecretIds } from '../../crypto/keys/derive-key';
import { acceptEachOther, type ReplicaSecrets } from '../../store/replica-secrets';
import { type Finding, fault, ok } from './finding';

const ADVICE = 'give all the same SECRET_KEY; to change it, follow docs/install.md, "Rotate the secret"';

/** Whether every replica accepts what the others sign, and what this environment would sign. */
export function checkSecret(replicas: readonly ReplicaSecrets[], secrets: Secrets | undefined): Finding {
  if (replicas.length === 0) return ok('secret', 'No replica is running, so none has another SECRET_KEY');
  const stranger = replicas.find((one) => replicas.some((other) => !acceptEachOther(one, other)));
  if (stranger !== undefined) {
    const others = replicas.filter((one) => !acceptEachOther(one, stranger)).map(({ host }) => host);
    return fault(
      'secret',
      `Replicas refuse each other's tokens: ${stranger.host} has another SECRET_KEY than ${others.join(', ')}: ${ADVICE}`,
    );
  }
  const own = secrets && deriveSecretIds(secrets);
  const refusing = own && replicas.find((replica) => !acceptEachOther(own, replica));
  if (refusing !== undefined) {
    return fault('secret', `${refusing.host} runs with another SECRET_KEY than this environment has: ${ADVICE}`);
  }
  return ok('secret', `${replicas.length} running: each accepts the tokens of all`);
}
