import type { Filled } from '../../fill-store';
import type { StoreUnderTest } from '../stores';

/** A filled store of one size. */
export interface Side {
  readonly name: string;
  readonly store: StoreUnderTest;
  readonly filled: Filled;
  readonly revocations: number;
}
