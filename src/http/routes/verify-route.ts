import { describeEnding } from '../../transport/pipeline/call-message';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { RequestTracing } from '../../transport/pipeline/call-tracing';
import { HttpCall } from '../server/http-call';
import type { HttpReply, HttpRoute } from '../server/http-route';

/** What was decided about a request. The headers are one object for one principal, never changed. */
export interface Verdict {
  readonly outcome: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Decides about a request that a gateway holds back meanwhile. */
export type Verify = (
  request: {
    readonly method: string;
    readonly authorization: readonly string[];
    readonly apiKeys: readonly string[];
    readonly query: string;
  },
  call: HttpCall,
) => Verdict | Promise<Verdict>;

const PATH = '/verify';
const MAX_LOGGED = 256;

/**
 * `/verify`, by any method: a gateway may pass on the one of the request it holds back. Whom it lets through is summed
 * up in the log.
 */
export function verifyRoute(verify: Verify, pipeline: CallPipeline, tracing?: RequestTracing): HttpRoute {
  const decide = tracing === undefined ? verify : traced(verify, tracing);
  const lists = new WeakMap<object, readonly string[]>();

  const reply = (verdict: Verdict, { requestId }: HttpCall): HttpReply => {
    const { status, headers, body } = verdict;
    if (status !== 204) return { status, headers: { ...headers, 'x-request-id': requestId }, ...(body && { body }) };
    let list = lists.get(headers);
    if (list === undefined) {
      list = listHeaders(headers);
      lists.set(headers, list);
    }
    return { status, rawHeaders: [...list, requestId] };
  };

  return {
    path: PATH,
    answer(request, query) {
      const call = new HttpCall(request, pipeline);
      const { method = '' } = request;
      const finish = (verdict: Verdict): HttpReply => {
        const durationMs = pipeline.clock.monotonic() - call.startedAt;
        const { denied, fault } = call;
        const refusal = denied === undefined ? undefined : { status: verdict.outcome, reason: denied, fault };
        if (!pipeline.sumUp(PATH, durationMs, refusal)) {
          const isTrusted = pipeline.sources.trusts(request.socket.remoteAddress);
          const asked = isTrusted ? describeForwarded(call) : undefined;
          writeLine(pipeline, call, verdict.outcome, durationMs, { forwarded: asked, ...tracing?.findTraceIds(call) });
        }
        return reply(verdict, call);
      };
      const { authorization } = call;
      const verdict = decide({ method, authorization, apiKeys: call.all('x-api-key'), query }, call);
      return verdict instanceof Promise ? verdict.then(finish) : finish(verdict);
    },
  };
}

/** As `rawHeaders`; the value of the last one is the request's own. */
function listHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  const usual = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'];
  return [...usual, ...Object.entries(headers).flat(), 'x-request-id'];
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
      fault: call.fault,
      duration_ms: Math.round(durationMs * 1000) / 1000,
      peer: call.ipAddress,
      request_id: call.requestId,
      user_id: call.userId,
      ...more,
    },
    describeEnding(PATH, { status: outcome, reason: call.denied, fault: call.fault }),
  );
}

/**
 * What the client asked the gateway for, as a trusted gateway passes it on; without the query, which may hold secrets.
 */
function describeForwarded(call: HttpCall): string | undefined {
  const method = call.first('x-forwarded-method') || call.first('x-original-method');
  const host = call.first('x-forwarded-host');
  const uri = call.first('x-forwarded-uri') || call.first('x-original-uri');
  const [path = ''] = uri.split(/[?#]/);
  const text = `${method} ${host}${path}`.trim();
  return text === '' ? undefined : text.slice(0, MAX_LOGGED);
}
