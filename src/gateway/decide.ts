import { isApiKeyText } from '../auth/api-keys/api-key-texts';
import type { Events } from '../auth/audit/events';
import type { Call } from '../auth/call';
import { AuthError, type Reason } from '../auth/errors';
import { demandRole } from '../auth/roles/check-role';
import { type AuthenticateDeps, authenticate } from '../auth/tokens/authenticate';
import type { CredentialFault } from '../auth/tokens/credential-fault';
import type { Principal } from '../auth/tokens/principal';
import type { HandledCall } from '../transport/methods/method';
import { describeNoBearer, hasScheme, readBearer } from '../transport/pipeline/bearer';
import type { Rule } from './rule';

export type DecideDeps = AuthenticateDeps & { readonly events: Events };

export interface Question extends Rule {
  /**
   * Every `authorization` of the request; more than one is a bad token, since it is unknown which one the upstream
   * would take.
   */
  readonly authorization: readonly string[];
  /** Every `x-api-key` of the request. */
  readonly apiKeys: readonly string[];
  /** Where the request comes from, if that is not where the call comes from. */
  readonly ipAddress?: string | undefined;
}

export type Decision =
  | { readonly outcome: 'allowed'; readonly principal: Principal }
  | { readonly outcome: 'anonymous' }
  | Denial;

export interface Denial {
  readonly outcome: 'unauthenticated' | 'forbidden' | 'limited' | 'unavailable';
  readonly reason: Reason;
  /** Whose token it was, where that is known; for the log. */
  readonly userId: string | undefined;
  /** What was wrong with its credential; for the log, never sent. */
  readonly fault: CredentialFault | undefined;
  /** Whether the request carried a credential, good or bad. */
  readonly tokenSent: boolean;
}

/**
 * Decides about one request at a gateway, the same for all kinds of gateways. Without a promise and a read
 * unless an API key is not known here.
 */
export type Decide = (question: Question, call: Call) => Decision | Promise<Decision>;

/** Hears how each request was decided. */
export type OnDecision = (gateway: 'ext_authz' | 'forward_auth', outcome: Decision['outcome']) => void;

const OUTCOMES: Partial<Record<Reason, Denial['outcome']>> = {
  INVALID_TOKEN: 'unauthenticated',
  TOKEN_EXPIRED: 'unauthenticated',
  TOKEN_REVOKED: 'unauthenticated',
  USER_INACTIVE: 'unauthenticated',
  ROLE_MISSING: 'forbidden',
  STORE_UNAVAILABLE: 'unavailable',
  RATE_LIMITED: 'limited',
  OVERLOADED: 'limited',
};

export function gatewayDecisions(deps: DecideDeps): Decide {
  return (question, call) => {
    const token = findCredential(question);
    const allow = (principal: Principal): Decision => {
      if (question.roles !== undefined) demandRole(deps, principal, question.roles, call);
      return { outcome: 'allowed', principal };
    };
    const refuse = (error: unknown): Decision => refusalOrThrow(error, token !== undefined, question);
    try {
      if (!token) throw new AuthError('INVALID_TOKEN', { fault: describeAbsence(question) });
      const principal = authenticate(deps, token, call, question.ipAddress);
      return principal instanceof Promise ? principal.then(allow).catch(refuse) : allow(principal);
    } catch (error) {
      return refuse(error);
    }
  };
}

function refusalOrThrow(error: unknown, tokenSent: boolean, question: Question): Decision {
  const outcome = error instanceof AuthError ? OUTCOMES[error.reason] : undefined;
  if (outcome === undefined) throw error;
  if (outcome === 'unauthenticated' && question.optional && question.roles === undefined) {
    return { outcome: 'anonymous' };
  }
  const { reason, userId, fault } = error as AuthError;
  return { outcome, reason, userId, fault, tokenSent };
}

/** Writes into the log line of the gateway's call how its request was decided. */
export function noteDecision(call: HandledCall, decision: Decision): void {
  if (decision.outcome === 'allowed') call.userId = decision.principal.userId;
  if (!('reason' in decision)) return;
  call.userId = decision.userId;
  call.denied = decision.reason;
  call.fault = decision.fault;
}

/**
 * The one credential of a request; empty when there are several, since it is unknown which one the upstream would take.
 * As `x-api-key` nothing but an API key is taken: an access token there would be one that the gateway does not look
 * for.
 */
function findCredential({ authorization, apiKeys }: Question): string | undefined {
  if (apiKeys.length === 0) return bearerToken(authorization);
  const [first = ''] = apiKeys;
  const apiKey = first.trim();
  return apiKeys.length > 1 || authorization.length > 0 || !isApiKeyText(apiKey) ? '' : apiKey;
}

/** The token of `Bearer <token>`, the scheme in any case; undefined when there is none. */
function bearerToken(authorization: readonly string[]): string | undefined {
  const bearers = authorization.filter(hasScheme);
  if (bearers.length === 0) return undefined;
  return authorization.length > 1 ? '' : readBearer(bearers[0] ?? '');
}

/** Why `findCredential` found none; for the log. */
function describeAbsence({ authorization, apiKeys }: Question): CredentialFault {
  if (apiKeys.length === 0) return describeNoBearer(authorization);
  if (apiKeys.length > 1 || authorization.length > 0) return 'several_credentials';
  return (apiKeys[0] ?? '').trim() === '' ? 'no_api_key' : 'api_key_shape';
}
