import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValue,
  type HeaderValueOption,
} from '../gen/envoy/config/core/v3/base';
import type { AttributeContext_HttpRequest as HttpRequest } from '../gen/envoy/service/auth/v3/attribute_context';
import type { CheckRequest, CheckResponse, OkHttpResponse } from '../gen/envoy/service/auth/v3/external_auth';
import type { HandledCall } from '../transport/methods/method';
import { type Decide, type Decision, type Denial, noteDecision, type OnDecision } from './decide';
import { IDENTITY_HEADERS, identityHeaders } from './identity-headers';
import { refusalOf } from './refusal';
import { ruleOfExtensions } from './rule';

/** The address of a request: `peer`, or what `forwardedFor` says where `peer` is a trusted proxy. */
export type SourceOf = (peer: string, forwardedFor: () => string) => string;

/** Never reaches the upstream: unlike an access token it is good for months. */
const API_KEY_HEADER = 'x-api-key';

/** google.rpc.Code. */
const CODES = { unauthenticated: 16, forbidden: 7, limited: 8, unavailable: 14 } as const;
const ALLOWED = { code: 0, message: '', details: [] };

/** `envoy.service.auth.v3.Authorization/Check`. */
export function extAuthz(decide: Decide, sourceOf: SourceOf, onDecision?: OnDecision) {
  const answer = (decision: Decision, call: HandledCall): CheckResponse => {
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
  return (request: CheckRequest, call: HandledCall): CheckResponse | Promise<CheckResponse> => {
    const { request: envoyRequest, contextExtensions = {} } = request.attributes ?? {};
    const http = envoyRequest?.http;
    const [authorization, apiKeys] = [headersOf(http, 'authorization'), headersOf(http, API_KEY_HEADER)];
    const ipAddress = sourceOf(call.ipAddress, () => headersOf(http, 'x-forwarded-for').join(','));
    const decision = decide({ authorization, apiKeys, ipAddress, ...ruleOfExtensions(contextExtensions) }, call);
    return decision instanceof Promise ? decision.then((it) => answer(it, call)) : answer(decision, call);
  };
}

/** Every value of a header; `name` in lower case. */
function headersOf(http: HttpRequest | undefined, name: string): string[] {
  if (http === undefined) return [];
  const listed = (http.headerMap?.headers ?? []).filter(({ key }) => key.toLowerCase() === name).map(textOf);
  const value = Object.hasOwn(http.headers, name) ? http.headers[name] : undefined;
  return value === undefined ? listed : [value, ...listed];
}

function textOf({ value, rawValue }: HeaderValue): string {
  return value === '' ? rawValue.toString('latin1') : value;
}

/** A header without a value is taken away: Envoy could leave the client's own in the place of an empty one. */
function allowed(identity: readonly (readonly [name: string, value: string])[]): CheckResponse {
  const okResponse: OkHttpResponse = {
    headers: identity.filter(([, value]) => value !== '').map(([name, value]) => set(name, value)),
    headersToRemove: [API_KEY_HEADER, ...identity.filter(([, value]) => value === '').map(([name]) => name)],
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
