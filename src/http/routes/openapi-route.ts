import { openApi } from '../../gen/openapi';
import type { Cors } from '../connect/cors';
import { type HttpRoute, READ_METHODS } from '../server/http-route';

/** `/openapi.json`: the JSON endpoints, described. */
export function openApiRoute(cors: Cors): HttpRoute {
  const body = JSON.stringify(openApi);
  return {
    path: '/openapi.json',
    methods: READ_METHODS,
    answer: (request) => ({
      status: 200,
      headers: { 'content-type': 'application/json', ...cors.headers(request) },
      body,
    }),
  };
}
