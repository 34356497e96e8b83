import type { Principal } from '../auth/tokens/principal';
import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValueOption,
} from '../gen/envoy/config/core/v3/base';
import type { CheckResponse, OkHttpResponse } from '../gen/envoy/service/auth/v3/external_auth';
import { Code } from '../transport/errors/code';
import type { HandledCall } from '../transport/methods/method';
import type { CheckQuestion } from './check-request';
import { type Decide, type Decision, type Denial, noteDecision, type OnDecision } from './decide';
import { IDENTITY_HEADERS, identityHeaders } from './identity-headers';
import { toRefusal } from './refusal';
import { ruleOfExtensions } from './rule';

/** The address of a request: `peer`, or what `forwardedFor` says where `peer` is a trusted proxy. */
export type FindSource = (peer: string, forwardedFor: () => string) => string;

/** Never reaches the upstream: unlike an access token it is good for months. */
const API_KEY_HEADER = 'x-api-key';

/** As which a refusal is sent. */
const CODES = {
  unauthenticated: Code.UNAUTHENTICATED,
  forbidden: Code.PERMISSION_DENIED,
  limited: Code.RESOURCE_EXHAUSTED,
  unavailable: Code.UNAVAILABLE,
} as const;
const ALLOWED = { code: Code.OK, message: '', details: [] };

const ANONYMOUS = allowed(IDENTITY_HEADERS.map((name) => [name, '']));

/**
 * `envoy.service.auth.v3.Authorization/Check`. The same principal gets the same answer object, which is encoded twice
 * at most.
 */
export function extAuthz(decide: Decide, findSource: FindSource, onDecision?: OnDecision) {
  const answers = new WeakMap<Principal, CheckResponse>();
  const answer = (decision: Decision, call: HandledCall): CheckResponse => {
    noteDecision(call, decision);
    onDecision?.('ext_authz', decision.outcome);
    if (decision.outcome === 'anonymous') return ANONYMOUS;
    if (decision.outcome !== 'allowed') return denied(decision);
    let response = answers.get(decision.principal);
    if (response === undefined) {
      response = allowed(identityHeaders(decision.principal));
      answers.set(decision.principal, response);
    }
    return response;
  };
  return (question: CheckQuestion, call: HandledCall): CheckResponse | Promise<CheckResponse> => {
    const { authorization, apiKeys, forwardedFor, extensions } = question;
    const { roles, optional } = ruleOfExtensions(extensions);
    const ipAddress = findSource(call.ipAddress, () => forwardedFor.join(','));
    const decision = decide({ authorization, apiKeys, ipAddress, roles, optional }, call);
    return decision instanceof Promise ? decision.then((it) => answer(it, call)) : answer(decision, call);
  };
}

/** A header without a value is taken away: Envoy could leave the client's own instead of an empty one. */
function allowed(identity: readonly (readonly [name: string, value: string])[]): CheckResponse {
  const okResponse: OkHttpResponse = {
    headers: identity.filter(([, value]) => value !== '').map(([name, value]) => set(name, value)),
    headersToRemove: [API_KEY_HEADER, ...identity.filter(([, value]) => value === '').map(([name]) => name)],
  };
  return { status: ALLOWED, httpResponse: { $case: 'okResponse', okResponse } };
}

function denied(denial: Denial): CheckResponse {
  const { status, headers, body } = toRefusal(denial);
  return {
    status: { code: CODES[denial.outcome], message: denial.reason, details: [] },
    httpResponse: {
      $case: 'deniedResponse',
      deniedResponse: {
        status: { code: status },
        headers: Object.entries(headers).map(([name, value]) => set(name, value)),
        body,
      },
    },
  };
}

function set(key: string, value: string): HeaderValueOption {
  return { header: { key, value, rawValue: Buffer.alloc(0) }, appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD };
}
