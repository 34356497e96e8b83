import { performance } from 'node:perf_hooks';
import type { Call } from '../auth/call';
import type { CallDesk } from './call-desk';
import { HttpCall } from './http-call';
import type { HttpReply, HttpRoute } from './http-server';

/** Decides about a request that a gateway holds back meanwhile. */
export type Verify = (
  request: { readonly authorization: readonly string[]; readonly query: URLSearchParams },
  call: Call,
) => HttpReply & { readonly outcome: string };

const PATH = '/verify';
const MAX_LOGGED = 256;

/** `/verify`, by any method: a gateway may pass on the one of the request it holds back. Whom it lets through is summed up in the log. */
export function verifyRoute(verify: Verify, desk: CallDesk): HttpRoute {
  return (request, url) => {
    if (url.pathname !== PATH) return undefined;
    const startedAt = performance.now();
    const call = new HttpCall(request, desk);
    const authorization = request.headersDistinct.authorization ?? [];
    const { outcome, ...reply } = verify({ authorization, query: url.searchParams }, call);
    const durationMs = performance.now() - startedAt;
    if (call.denied !== undefined || !desk.sumUp(PATH, durationMs)) {
      const isTrusted = desk.sources.trusts(request.socket.remoteAddress);
      writeLine(desk, call, outcome, durationMs, isTrusted ? forwarded(call) : undefined);
    }
    return { ...reply, headers: { ...reply.headers, 'x-request-id': call.requestId } };
  };
}

function writeLine(desk: CallDesk, call: HttpCall, outcome: string, durationMs: number, asked: string | undefined) {
  desk.log.info(
    {
      method: PATH,
      status: outcome,
      reason: call.denied,
      duration_ms: Math.round(durationMs * 1000) / 1000,
      peer: call.ipAddress,
      request_id: call.requestId,
      user_id: call.userId,
      forwarded: asked,
    },
    'call',
  );
}

/** What the client asked the gateway for, as a trusted gateway tells it; without the query, which may hold secrets. */
function forwarded(call: HttpCall): string | undefined {
  const method = call.first('x-forwarded-method') || call.first('x-original-method');
  const host = call.first('x-forwarded-host');
  const uri = call.first('x-forwarded-uri') || call.first('x-original-uri');
  const [path = ''] = uri.split(/[?#]/);
  const text = `${method} ${host}${path}`.trim();
  return text === '' ? undefined : text.slice(0, MAX_LOGGED);
}
