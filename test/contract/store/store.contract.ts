import type { OpenFresh } from './opened-store';
import { usersContract } from './users.contract';

/** Everything that an engine promises; each engine runs all of it. */
export function storeContract(open: OpenFresh): void {
  usersContract(open);
}
