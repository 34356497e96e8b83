import { v7 } from 'uuid';
import type { EventIds, Ids } from '../../auth/ids';

/** UUIDs of version 7. */
export function createIds(): Ids & EventIds {
  let latest = 0;
  let sequence = 0;
  return {
    // Never goes back, also when the clock does.
    next: () => v7(),
    at(time) {
      const msecs = Math.max(0, Math.floor(time));
      sequence = msecs === latest ? sequence + 1 : 0;
      latest = msecs;
      return v7({ msecs, seq: sequence });
    },
  };
}
