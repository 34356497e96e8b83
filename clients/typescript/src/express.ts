import type { RequestHandler } from 'express';
import type { Authenticator } from './authenticator';
import { readDemand } from './middleware/rules';
import type { Principal } from './principal';
import type { Reason } from './reasons';
import { buildRefusal } from './web/refusal';
import { applyOutcome, createWebGuard, type Outcome, sendRefusal, type WebOptions } from './web/web-guard';

export type { Rule } from './middleware/rules';
export type { WebOptions } from './web/web-guard';

declare global {
  namespace Express {
    interface Request {
      /** Undefined where a rule is `public`, or `optional` and nobody is known. */
      principal?: Principal | undefined;
      /** Why nobody is known, where a rule is `optional`. */
      anonymousReason?: Reason | undefined;
    }
  }
}

/** Middleware that lets through whom the rules let through, with `request.principal`: `app.use(protect(client))`. */
export function protect(client: Authenticator, options?: WebOptions): RequestHandler {
  const guard = createWebGuard(client, options);
  return (request, response, next) => {
    const apply = (outcome: Outcome): void => applyOutcome(outcome, request, response, next);
    const outcome = guard(request);
    if (outcome instanceof Promise) void outcome.then(apply);
    else apply(outcome);
  };
}

/** Middleware for one route, behind `protect`, that demands one of these roles. */
export function requireRoles(...roles: readonly string[]): RequestHandler {
  const demand = readDemand({ roles });
  return ({ principal }, response, next) => {
    if (principal === undefined) sendRefusal(response, buildRefusal('INVALID_TOKEN', false));
    else if (demand.roles.some((role) => principal.roles.includes(role))) next();
    else sendRefusal(response, buildRefusal('ROLE_MISSING', true));
  };
}
