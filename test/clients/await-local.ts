import type { Driver } from '../../clients/conformance/suite/driver';
import { eventually } from '../support/domain/eventually';

/** Resolves when the client answers by itself. */
export function awaitLocal(driver: Driver, withinMs = 20_000): Promise<void> {
  return eventually('it answers by itself', async () => (await driver.state()).local, withinMs);
}
