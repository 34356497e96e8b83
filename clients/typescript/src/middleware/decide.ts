import type { Answer } from '../answer';
import type { Authenticator } from '../authenticator';
import type { Principal } from '../principal';
import type { Reason } from '../reasons';
import type { Demand } from './rules';

/** What became of a call. */
export type Decision =
  | {
      readonly allowed: true;
      /** Undefined: nobody is known, which the rule allows. */
      readonly principal: Principal | undefined;
      /** Why nobody is known, where the rule is `optional`. */
      readonly anonymousReason: Reason | undefined;
    }
  | { readonly allowed: false; readonly reason: Reason; readonly tokenSent: boolean };

const PUBLIC: Decision = { allowed: true, principal: undefined, anonymousReason: undefined };
const NO_TOKEN: Decision = { allowed: false, reason: 'INVALID_TOKEN', tokenSent: false };
const ANONYMOUS: Decision = { allowed: true, principal: undefined, anonymousReason: 'INVALID_TOKEN' };

/** Decides about a call with this bearer; a promise only where the answer is not in memory. */
export function decide(client: Authenticator, demand: Demand, token: string): Decision | Promise<Decision> {
  if (demand.access === 'public') return PUBLIC;
  if (token === '') return demand.access === 'optional' ? ANONYMOUS : NO_TOKEN;
  const answer = client.answerNow(token);
  if (answer !== undefined) return judge(demand, answer);
  return client.answer(token).then((later) => judge(demand, later));
}

/** What an answer means under a rule. */
export function judge(demand: Demand, answer: Answer): Decision {
  if (!answer.ok) {
    const isAnonymous = demand.access === 'optional' && answer.reason !== 'UNAVAILABLE';
    if (isAnonymous) return { allowed: true, principal: undefined, anonymousReason: answer.reason };
    return { allowed: false, reason: answer.reason, tokenSent: true };
  }
  const { principal } = answer;
  if (demand.roles.length > 0 && !demand.roles.some((role) => principal.roles.includes(role))) {
    return { allowed: false, reason: 'ROLE_MISSING', tokenSent: true };
  }
  return { allowed: true, principal, anonymousReason: undefined };
}
