import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../authenticator';
import { readBearer } from '../middleware/bearer';
import { type Decision, decide } from '../middleware/decide';
import type { Demand, Rule } from '../middleware/rules';
import type { Principal } from '../principal';
import type { Reason } from '../reasons';
import { watchResponse } from './open-response';
import { createPathDemands } from './path-demands';
import { buildRefusal, type HttpRefusal } from './refusal';

export interface WebOptions {
  /** Of paths, without regard to the query. Default: every path wants a valid token. */
  readonly rules?: readonly Rule[];
  /**
   * Whether `/Admin` and `/admin` are different paths; default false: where their rules differ, a path with other
   * capitals than the rule is answered with 400, since routers differ.
   */
  readonly caseSensitive?: boolean;
}

/** What the middleware adds to a request that was let through. */
export interface Identified {
  /** Undefined where a rule is `public`, or `optional` and nobody is known. */
  principal?: Principal | undefined;
  /** Why nobody is known, where a rule is `optional`. */
  anonymousReason?: Reason | undefined;
}

/** As node:http, Express and Fastify have it. */
export interface WebRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Where a router that is mounted below a path has taken that path away. */
  readonly originalUrl?: string | undefined;
  readonly headers: { readonly authorization?: string | undefined };
}

/** What became of a request. */
export type Outcome = { readonly refusal: HttpRefusal } | Admitted;

export interface Admitted {
  readonly refusal?: undefined;
  readonly identity: Identified;
  /** Watches over the response for as long as it is being sent. */
  watch(response: ServerResponse): void;
}

/** Decides about a request; `demand` takes the place of the rules. */
export type WebGuard = (request: WebRequest, demand?: Demand) => Outcome | Promise<Outcome>;

/** What all HTTP middleware shares. */
export function createWebGuard(client: Authenticator, options: WebOptions = {}): WebGuard {
  const { rules = [], caseSensitive = false } = options;
  const findDemand = createPathDemands(rules, caseSensitive);
  return ({ method, url = '/', originalUrl = url, headers }, given) => {
    const demand = given ?? findDemand(originalUrl, method);
    if (demand === undefined) return BAD_TARGET;
    const token = readBearer(headers.authorization);
    const decision = decide(client, demand, token);
    if (decision instanceof Promise) return decision.then((later) => toOutcome(client, demand, token, later));
    return toOutcome(client, demand, token, decision);
  };
}

/** Answers a request, or hands it on with its principal. */
export function applyOutcome(
  outcome: Outcome,
  request: IncomingMessage & Identified,
  response: ServerResponse,
  next: () => void,
): void {
  // Its caller has gone while it was decided about: a handler would never hear of it.
  if (response.closed) return;
  if (outcome.refusal !== undefined) {
    sendRefusal(response, outcome.refusal);
    return;
  }
  Object.assign(request, outcome.identity);
  outcome.watch(response);
  next();
}

export function sendRefusal(response: ServerResponse, { status, headers, body }: HttpRefusal): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

const BAD_TARGET: Outcome = {
  refusal: { status: 400, headers: { 'content-type': 'text/plain' }, body: 'Bad request target\n' },
};

function toOutcome(client: Authenticator, demand: Demand, token: string, decision: Decision): Outcome {
  if (!decision.allowed) return { refusal: buildRefusal(decision.reason, decision.tokenSent) };
  const { principal, anonymousReason } = decision;
  const watch = (response: ServerResponse): void => {
    if (principal !== undefined) watchResponse(client, demand, { token, principal, response });
  };
  return { identity: { principal, anonymousReason }, watch };
}
