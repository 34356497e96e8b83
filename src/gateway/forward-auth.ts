import type { HandledCall } from '../transport/methods/method';
import { type Decide, type Decision, noteDecision, type OnDecision } from './decide';
import { identityHeaders } from './identity-headers';
import { refusalOf } from './refusal';
import { ruleOfQuery } from './rule';

export interface ForwardedRequest {
  /** Every `authorization` of the request. */
  readonly authorization: readonly string[];
  /** Of the call to Postern, which the gateway's configuration sets; not of the client's request. */
  readonly query: URLSearchParams;
}

export interface ForwardAuthReply {
  readonly outcome: Decision['outcome'];
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `/verify`: for gateways that ask by HTTP (nginx `auth_request`, Traefik `forwardAuth`, Caddy `forward_auth`). */
export function forwardAuth(decide: Decide, onDecision?: OnDecision) {
  return ({ authorization, query }: ForwardedRequest, call: HandledCall): ForwardAuthReply => {
    const decision = decide({ authorization, ...ruleOfQuery(query) }, call);
    const { outcome } = decision;
    noteDecision(call, decision);
    onDecision?.('forward_auth', outcome);
    if (outcome === 'allowed') {
      return { outcome, status: 204, headers: Object.fromEntries(identityHeaders(decision.principal)) };
    }
    return outcome === 'anonymous' ? { outcome, status: 204, headers: {} } : { outcome, ...refusalOf(decision) };
  };
}
