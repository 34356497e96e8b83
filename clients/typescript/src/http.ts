import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Authenticator } from './authenticator';
import { applyOutcome, createWebGuard, type Identified, type Outcome, type WebOptions } from './web/web-guard';

export type { Rule } from './middleware/rules';
export type { Identified, WebOptions } from './web/web-guard';

/** A request that was let through. */
export type IdentifiedRequest = IncomingMessage & Identified;

/**
 * A listener for `http.createServer` that calls `handler` for whom the rules let through, with `request.principal`, and
 * answers everybody else: 401, 403, or 503 with `retry-after`.
 */
export function protect(
  client: Authenticator,
  handler: (request: IdentifiedRequest, response: ServerResponse) => void,
  options?: WebOptions,
): RequestListener {
  const guard = createWebGuard(client, options);
  return (request, response) => {
    const apply = (outcome: Outcome): void =>
      applyOutcome(outcome, request, response, () => handler(request, response));
    const outcome = guard(request);
    if (outcome instanceof Promise) void outcome.then(apply);
    else apply(outcome);
  };
}
