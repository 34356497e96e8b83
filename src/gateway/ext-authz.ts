import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValue,
  type HeaderValueOption,
} from '../gen/envoy/config/core/v3/base';
import type { AttributeContext_HttpRequest as HttpRequest } from '../gen/envoy/service/auth/v3/attribute_context';
import type { CheckRequest, CheckResponse, OkHttpResponse } from '../gen/envoy/service/auth/v3/external_auth';
import type { HandledCall } from '../transport/methods/method';
import { type Decide, type Denial, noteDecision, type OnDecision } from './decide';
import { IDENTITY_HEADERS, identityHeaders } from './identity-headers';
import { refusalOf } from './refusal';
import { ruleOfExtensions } from './rule';

/** google.rpc.Code. */
const CODES = { unauthenticated: 16, forbidden: 7, unavailable: 14 } as const;
const ALLOWED = { code: 0, message: '', details: [] };

/** `envoy.service.auth.v3.Authorization/Check`. */
export function extAuthz(decide: Decide, onDecision?: OnDecision) {
  return (request: CheckRequest, call: HandledCall): CheckResponse => {
    const { request: envoyRequest, contextExtensions = {} } = request.attributes ?? {};
    const authorization = authorizationOf(envoyRequest?.http);
    const decision = decide({ authorization, ...ruleOfExtensions(contextExtensions) }, call);
    noteDecision(call, decision);
    onDecision?.('ext_authz', decision.outcome);
    switch (decision.outcome) {
      case 'allowed':
        return allowed(identityHeaders(decision.principal));
      case 'anonymous':
        return allowed(IDENTITY_HEADERS.map((name) => [name, '']));
      default:
        return denied(decision);
    }
  };
}

function authorizationOf(http: HttpRequest | undefined): string[] {
  if (http === undefined) return [];
  const listed = (http.headerMap?.headers ?? []).filter(({ key }) => key.toLowerCase() === 'authorization').map(textOf);
  const { authorization } = http.headers;
  return authorization === undefined ? listed : [authorization, ...listed];
}

function textOf({ value, rawValue }: HeaderValue): string {
  return value === '' ? rawValue.toString('latin1') : value;
}

/** A header without a value is taken away: Envoy could leave the client's own in the place of an empty one. */
function allowed(identity: readonly (readonly [name: string, value: string])[]): CheckResponse {
  const okResponse: OkHttpResponse = {
    headers: identity.filter(([, value]) => value !== '').map(([name, value]) => set(name, value)),
    headersToRemove: identity.filter(([, value]) => value === '').map(([name]) => name),
  };
  return { status: ALLOWED, httpResponse: { $case: 'okResponse', okResponse } };
}

function denied(denial: Denial): CheckResponse {
  const { status, headers, body } = refusalOf(denial);
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
