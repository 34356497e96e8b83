import { openApi } from '../../gen/openapi';
import type { Cors } from '../connect/cors';
import type { HttpRoute } from '../server/http-server';

/** `/openapi.json`: the JSON endpoints, described. */
export function openApiRoute(cors: Cors): HttpRoute {
  const body = JSON.stringify(openApi);
  return (request, { pathname }) => {
    if (pathname !== '/openapi.json') return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };
    return { status: 200, headers: { 'content-type': 'application/json', ...cors.headers(request) }, body };
  };
}
