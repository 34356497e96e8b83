import type { Call } from '../auth/call';
import type { Clock } from '../auth/clock';
import type { StorePorts } from '../auth/store-ports';
import type { ReplicaAnnouncements } from './replica-secrets';
import type { RowCounts } from './row-counts';

/** Connections to the database, now. */
export interface PoolReading {
  readonly open: number;
  /** Of these, the ones that carry an operation. */
  readonly inUse: number;
  /** Operations that wait for one. */
  readonly waiting: number;
}

/** One storage engine, opened. What each part promises stands at its port in `src/auth`. */
export interface Store extends StorePorts {
  readonly kind: 'embedded' | 'mongodb';
  /** For people: the directory, or the URL without its credentials. */
  readonly description: string;
  /** Of a store that several services may run on. */
  readonly replicas?: ReplicaAnnouncements;
  /** Of a database behind a network. */
  readonly pool?: () => PoolReading;
  /** Resolves when the engine takes writes; rejects with STORE_UNAVAILABLE within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  /** By the engine's own counts: reads no row, and after a crash MongoDB's may be off by what was written last. */
  countRows(call: Call): Promise<RowCounts>;
  /** Flushes and lets go of everything. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /**
   * `service`: one per embedded data directory; `worker`: a process of a service whose first process holds the
   * directory; `tool`: the command line, which may work beside it.
   */
  readonly openedBy: 'service' | 'worker' | 'tool';
  /** Refuses a database in which no service has been; nothing is made there. Only MongoDB looks: see `withTool`. */
  readonly mustExist?: boolean;
  readonly clock: Clock;
  /** How long revocation records are kept, in ms. */
  readonly revocationWindowMs: number;
  /** How long audit events are kept, in ms. */
  readonly auditRetentionMs: number;
  /** Hears of what goes wrong outside any call; the text is fixed and holds no secret. */
  readonly onProblem: (problem: string, cause: unknown) => void;
  /** An acknowledged write may be lost if the process goes on: it must end at once with a non-zero code. */
  readonly onFatal: (cause: unknown) => void;
}

/**
 * The store cannot be opened, and trying again as it is will not help; the message says what to do and holds no
 * secret.
 */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
  /** Whether it may be mended from outside without a change here: another service that ends, a disk that gets space. */
  readonly mayPass: boolean;

  constructor(
    message: string,
    { cause, mayPass = false }: { readonly cause?: unknown; readonly mayPass?: boolean } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.mayPass = mayPass;
  }
}

/**
 * Why a store is out of reach; the cause of a STORE_UNAVAILABLE. The message says what to look at and holds no
 * secret.
 */
export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError';
}
