import { performance } from 'node:perf_hooks';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { RequestTracing } from '../../transport/pipeline/call-tracing';
import { HttpCall } from '../server/http-call';
import type { HttpReply, HttpRoute } from '../server/http-server';

/** Decides about a request that a gateway holds back meanwhile. */
export type Verify = (
  request: { readonly method: string; readonly authorization: readonly string[]; readonly query: URLSearchParams },
  call: HttpCall,
) => HttpReply & { readonly outcome: string };

const PATH = '/verify';
const MAX_LOGGED = 256;

/**
 * `/verify`, by any method: a gateway may pass on the one of the request it holds back. Whom it lets through is summed
 * up in the log.
 */
export function verifyRoute(verify: Verify, pipeline: CallPipeline, tracing?: RequestTracing): HttpRoute {
  const answer = tracing === undefined ? verify : traced(verify, tracing);
  return (request, url) => {
    if (url.pathname !== PATH) return undefined;
    const startedAt = performance.now();
    const call = new HttpCall(request, pipeline);
    const authorization = request.headersDistinct.authorization ?? [];
    const { method = '' } = request;
    const { outcome, ...reply } = answer({ method, authorization, query: url.searchParams }, call);
    const durationMs = performance.now() - startedAt;
    if (call.denied !== undefined || !pipeline.sumUp(PATH, durationMs)) {
      const isTrusted = pipeline.sources.trusts(request.socket.remoteAddress);
      const asked = isTrusted ? forwarded(call) : undefined;
      writeLine(pipeline, call, outcome, durationMs, { forwarded: asked, ...tracing?.idsOf(call) });
    }
    return { ...reply, headers: { ...reply.headers, 'x-request-id': call.requestId } };
  };
}

function traced(verify: Verify, tracing: RequestTracing): Verify {
  return (request, call) => tracing.request(call, request.method, PATH, () => verify(request, call));
}

function writeLine(pipeline: CallPipeline, call: HttpCall, outcome: string, durationMs: number, more: object): void {
  pipeline.log.info(
    {
      method: PATH,
      status: outcome,
      reason: call.denied,
      duration_ms: Math.round(durationMs * 1000) / 1000,
      peer: call.ipAddress,
      request_id: call.requestId,
      user_id: call.userId,
      ...more,
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
