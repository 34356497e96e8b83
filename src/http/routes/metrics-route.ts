import type { HttpRoute } from '../server/http-server';

/** `/metrics`, for Prometheus. */
export function metricsRoute(text: () => Promise<{ readonly contentType: string; readonly body: string }>): HttpRoute {
  return async (request, { pathname }) => {
    if (pathname !== '/metrics') return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };
    const { contentType, body } = await text();
    return { status: 200, headers: { 'content-type': contentType }, body };
  };
}
