/** The secrets of one running process, by ids that reveal nothing of them. */
export interface ReplicaSecrets {
  /** Of the process; no two have the same. */
  readonly id: string;
  /** For people: the name of the machine or the pod, and the process id. */
  readonly host: string;
  /** Id of SECRET_KEY. */
  readonly current: string;
  /** Id of SECRET_KEY_PREVIOUS. */
  readonly previous: string | undefined;
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
export function acceptEachOther(one: ReplicaSecrets, other: ReplicaSecrets): boolean {
  return accepts(one, other.current) && accepts(other, one.current);
}

function accepts({ current, previous }: ReplicaSecrets, secretId: string): boolean {
  return secretId === current || secretId === previous;
}
