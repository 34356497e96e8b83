import type { Readiness } from '../../transport/readiness';
import { type HttpRoute, READ_METHODS } from '../server/http-route';

/** `/healthz`: the process is alive, whatever the store does. `/readyz`: it can do all of its work. */
export function healthRoutes(readiness: () => Readiness): HttpRoute[] {
  return [
    { path: '/healthz', methods: READ_METHODS, answer: () => ({ status: 200, body: 'ok\n' }) },
    {
      path: '/readyz',
      methods: READ_METHODS,
      answer() {
        const { missing } = readiness();
        return missing.length === 0
          ? { status: 200, body: 'ready\n' }
          : { status: 503, headers: { 'retry-after': '1' }, body: `not ready: ${missing.join(', ')}\n` };
      },
    },
  ];
}
