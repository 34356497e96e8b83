import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { AuthError } from '../auth/errors';
import { acceptEachOther, type ReplicaAnnouncements, type SecretIds } from './replica-secrets';

/** Several times within the minute for which an announcement counts. */
const EVERY_MS = 15_000;

/**
 * Announces to the others on this store which secrets this process has, now and again, and warns once of each process
 * that refuses what this one signs, or the other way round. A store that does not answer delays no start: it is asked
 * again.
 *
 * @param id of the process; no two have the same
 */
export async function compareSecrets(
  replicas: ReplicaAnnouncements,
  secrets: SecretIds,
  id: string,
  log: Logger,
): Promise<{ close(): Promise<void> }> {
  const own = { ...secrets, id, host: `${hostname()} (${process.pid})` };
  const known = new Set<string>();
  const compare = async (): Promise<void> => {
    await replicas.announce(own);
    for (const other of await replicas.list()) {
      if (acceptEachOther(own, other) || known.has(other.id)) continue;
      known.add(other.id);
      log.warn({ event: 'secret.differs', replica: other.host }, SECRETS_DIFFER);
    }
  };
  // A store that does not answer is reported elsewhere.
  const onFailure = (cause: unknown): void => {
    const level = cause instanceof AuthError && cause.reason === 'STORE_UNAVAILABLE' ? 'debug' : 'warn';
    log[level]({ err: cause }, 'The secrets of the replicas could not be compared');
  };
  let latest = compare().catch(onFailure);
  await latest;
  const timer = setInterval(() => {
    latest = latest.then(compare).catch(onFailure);
  }, EVERY_MS);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await latest;
      await replicas.withdraw(id).catch(onFailure);
    },
  };
}

const SECRETS_DIFFER =
  'Another replica has another SECRET_KEY, so each refuses tokens that the other made: give both the same. To change ' +
  'the secret, follow docs/install.md, "Rotate the secret"';
