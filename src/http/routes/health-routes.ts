import type { HttpReply, HttpRoute } from '../server/http-server';

export interface Readiness {
  /** What is not ready, for people; empty when all is. */
  readonly missing: readonly string[];
}

/** `/healthz`: the process is alive, whatever the store does. `/readyz`: it can do all of its work. */
export function healthRoutes(readiness: () => Readiness): HttpRoute {
  return (request, url): HttpReply | undefined => {
    if (url.pathname !== '/healthz' && url.pathname !== '/readyz') return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };
    if (url.pathname === '/healthz') return { status: 200, body: 'ok\n' };
    const { missing } = readiness();
    return missing.length === 0
      ? { status: 200, body: 'ready\n' }
      : { status: 503, headers: { 'retry-after': '1' }, body: `not ready: ${missing.join(', ')}\n` };
  };
}
