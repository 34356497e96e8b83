import { type HttpRoute, READ_METHODS } from '../server/http-route';

/** `/metrics`, for Prometheus. */
export function metricsRoute(text: () => Promise<{ readonly contentType: string; readonly body: string }>): HttpRoute {
  return {
    path: '/metrics',
    methods: READ_METHODS,
    async answer() {
      const { contentType, body } = await text();
      return { status: 200, headers: { 'content-type': contentType }, body };
    },
  };
}
