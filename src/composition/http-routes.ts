import type { Config } from '../config/config';
import type { Decide } from '../gateway/decide';
import { forwardAuth } from '../gateway/forward-auth';
import { connectRoute } from '../http/connect-route';
import { cors } from '../http/cors';
import { healthRoutes, type Readiness } from '../http/health-routes';
import type { HttpRoute } from '../http/http-server';
import { metricsRoute } from '../http/metrics-route';
import { openApiRoute } from '../http/openapi-route';
import { verifyRoute } from '../http/verify-route';
import type { Metrics } from '../observability/metrics';
import type { RpcServer } from '../rpc/server';

export interface HttpParts {
  readonly readiness: () => Readiness;
  readonly rpc: Pick<RpcServer, 'methods' | 'desk'>;
  readonly decide: Decide;
  readonly metrics: Metrics;
}

/** What the HTTP port serves; what is asked for most often comes first. */
export function httpRoutes({ http }: Config, { readiness, rpc, decide, metrics }: HttpParts): HttpRoute[] {
  const browsers = cors(http.corsOrigins);
  return [
    verifyRoute(forwardAuth(decide, metrics.onDecision), rpc.desk),
    healthRoutes(readiness),
    metricsRoute(metrics.text),
    connectRoute({ methods: rpc.methods, desk: rpc.desk, cors: browsers }),
    openApiRoute(browsers),
  ];
}
