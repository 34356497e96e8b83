import type { Principal } from './principal';
import type { Reason } from './reasons';

/** Who answered: this process from memory, or the service. */
export type Via = 'local' | 'remote';

export interface Accepted {
  readonly ok: true;
  readonly principal: Principal;
  readonly via: Via;
}

export interface Refused {
  readonly ok: false;
  readonly reason: Reason;
  readonly via: Via;
}

/** What became of one token. */
export type Answer = Accepted | Refused;

export function accept(principal: Principal, via: Via): Accepted {
  return Object.freeze({ ok: true, principal, via });
}

const refusals = new Map<string, Refused>();

/** One object for each reason and way: a flood of refusals allocates nothing. */
export function refuse(reason: Reason, via: Via): Refused {
  const key = `${via}:${reason}`;
  let refused = refusals.get(key);
  if (refused === undefined) {
    refused = Object.freeze({ ok: false, reason, via });
    refusals.set(key, refused);
  }
  return refused;
}
