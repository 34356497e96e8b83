import type { Call } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import type { StoredAccountTokens } from './stored-account-tokens';

export interface VoidAccountTokensDeps {
  readonly accountTokens: Pick<StoredAccountTokens, 'voidAll'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Ends every token of a user whose password or address has changed, also of mails that are still to be composed. */
export function voidAccountTokens({ accountTokens, clock, ids }: VoidAccountTokensDeps, userId: string, call: Call) {
  return accountTokens.voidAll(userId, ids.next(), new Date(clock.now()), call);
}
