/** The secrets of a process by ids that reveal nothing of them: `deriveSecretIds`. */
export interface SecretIds {
  /** Of SECRET_KEY. */
  readonly current: string;
  /** Of SECRET_KEY_PREVIOUS. */
  readonly previous: string | undefined;
}

/** The secrets of one running process. */
export interface ReplicaSecrets extends SecretIds {
  /** Of the process; no two have the same. */
  readonly id: string;
  /** For people: the name of the machine or the pod, and the process id. */
  readonly host: string;
}

/**
 * Who runs on this store, and with which secrets. What a process announced is forgotten by itself when it does not
 * announce it again within a minute, by the server's clock.
 */
export interface ReplicaAnnouncements {
  /** @throws AuthError STORE_UNAVAILABLE */
  announce(replica: ReplicaSecrets): Promise<void>;
  /** Every process that runs, in no order. @throws AuthError STORE_UNAVAILABLE */
  list(): Promise<ReplicaSecrets[]>;
  /** @throws AuthError STORE_UNAVAILABLE */
  withdraw(id: string): Promise<void>;
}

/** Whether each accepts what the other signs, as it does throughout a rotation of the secret. */
export function acceptEachOther(one: SecretIds, other: SecretIds): boolean {
  return accepts(one, other.current) && accepts(other, one.current);
}

function accepts({ current, previous }: SecretIds, secretId: string): boolean {
  return secretId === current || secretId === previous;
}
