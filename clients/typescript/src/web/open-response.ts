import type { ServerResponse } from 'node:http';
import type { Authenticator } from '../authenticator';
import { judge } from '../middleware/decide';
import type { Demand } from '../middleware/rules';
import type { Principal } from '../principal';

export interface OpenResponse {
  readonly token: string;
  readonly principal: Principal;
  readonly response: ServerResponse;
}

/** Ends a response that is still being sent when its caller may not go on: a stream of events, a long download. */
export function watchResponse(
  client: Authenticator,
  demand: Demand,
  { token, principal, response }: OpenResponse,
): void {
  const stop = client.openCalls.add({
    token,
    principal,
    review(answer) {
      const decision = judge(demand, answer);
      const mayGoOn = decision.allowed && decision.principal !== undefined;
      if (mayGoOn) return 'goes on';
      // An answer that has not begun is the handler's to give, and short as a rule.
      if (!response.headersSent) return 'not yet';
      endResponse(response);
      return 'ended';
    },
  });
  response.once('close', stop);
}

function endResponse(response: ServerResponse): void {
  // What the handler writes from now on is nobody's fault.
  response.on('error', () => {});
  // With a length that is not reached a proper end would be a lie.
  if (response.hasHeader('content-length')) response.destroy();
  else response.end();
}
