import type { Principal } from '../auth/tokens/principal';
import type { HandledCall } from '../transport/methods/method';
import { type Decide, type Decision, noteDecision, type OnDecision } from './decide';
import { identityHeaders } from './identity-headers';
import { toRefusal } from './refusal';
import { type Rule, ruleOfQuery } from './rule';

export interface ForwardedRequest {
  /** Every `authorization` of the request. */
  readonly authorization: readonly string[];
  /** Every `x-api-key` of the request. */
  readonly apiKeys: readonly string[];
  /** Of the call to Postern, not decoded; the gateway's configuration sets it, not the client's request. */
  readonly query: string;
}

export interface ForwardAuthReply {
  readonly outcome: Decision['outcome'];
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A gateway's configuration asks in a few ways; whatever else comes is read anew each time. */
const MAX_RULES = 256;
const ANONYMOUS: ForwardAuthReply = { outcome: 'anonymous', status: 204, headers: {} };

/**
 * `/verify`: for gateways that ask by HTTP (nginx `auth_request`, Traefik `forwardAuth`, Caddy `forward_auth`). The
 * same principal gets the same reply object.
 */
export function forwardAuth(decide: Decide, onDecision?: OnDecision) {
  const findRule = cacheRules();
  const replies = new WeakMap<Principal, ForwardAuthReply>();
  const answer = (decision: Decision, call: HandledCall): ForwardAuthReply => {
    const { outcome } = decision;
    noteDecision(call, decision);
    onDecision?.('forward_auth', outcome);
    if (outcome === 'anonymous') return ANONYMOUS;
    if (outcome !== 'allowed') return { outcome, ...toRefusal(decision) };
    let reply = replies.get(decision.principal);
    if (reply === undefined) {
      reply = { outcome, status: 204, headers: Object.fromEntries(identityHeaders(decision.principal)) };
      replies.set(decision.principal, reply);
    }
    return reply;
  };
  return (request: ForwardedRequest, call: HandledCall): ForwardAuthReply | Promise<ForwardAuthReply> => {
    const { authorization, apiKeys, query } = request;
    const { roles, optional } = findRule(query);
    const decision = decide({ authorization, apiKeys, roles, optional }, call);
    return decision instanceof Promise ? decision.then((it) => answer(it, call)) : answer(decision, call);
  };
}

function cacheRules(): (query: string) => Rule {
  const known = new Map<string, Rule>();
  return (query) => {
    const rule = known.get(query) ?? ruleOfQuery(new URLSearchParams(query));
    if (known.size < MAX_RULES) known.set(query, rule);
    return rule;
  };
}
