import type { Store, StoreOptions } from '../../../src/store/store';
import type { TestClock } from '../../support/domain/clock';

/** A fresh, empty store, as the contract suite wants it from an engine. */
export interface OpenedStore {
  readonly store: Store;
  /** The clock of all stores on this data; starts at the real time. */
  readonly clock: TestClock;
  /** What `onProblem` and `onFatal` of all stores on this data heard. */
  readonly problems: unknown[];
  /** A second store on the same data, as another replica or the command line opens it. Closed by `destroy`. */
  another(): Promise<Store>;
  /**
   * Closes the first store and opens it anew on the same data, with AUDIT_RETENTION_DAYS changed or not. Closed by
   * `destroy`.
   */
  reopen(changed?: { readonly auditRetentionMs?: number }): Promise<Store>;
  /** Resolves when everything has gone that was past its time, by the clock and in reality, when this was called. */
  swept(): Promise<void>;
  /** All that the engine keeps, strings in it as UTF-8. */
  rawData(): Promise<Buffer>;
  /** Closes every store and takes the data away. */
  destroy(): Promise<void>;
}

export type OpenFresh = (
  options?: Partial<Pick<StoreOptions, 'revocationWindowMs' | 'auditRetentionMs'>>,
) => Promise<OpenedStore>;
