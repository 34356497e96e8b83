import type { Config } from '../config/config';
import type { Decide } from '../gateway/decide';
import { forwardAuth } from '../gateway/forward-auth';
import type { RpcServer } from '../grpc/server';
import { connectRoute } from '../http/connect/connect-route';
import { cors } from '../http/connect/cors';
import { healthRoutes, type Readiness } from '../http/routes/health-routes';
import { jwksRoutes } from '../http/routes/jwks-routes';
import { metricsRoute } from '../http/routes/metrics-route';
import { openApiRoute } from '../http/routes/openapi-route';
import { verifyRoute } from '../http/routes/verify-route';
import type { HttpRoute } from '../http/server/http-server';
import type { Metrics } from '../observability/metrics';
import type { Tracing } from '../observability/tracing/tracing';

export interface HttpParts {
  readonly readiness: () => Readiness;
  readonly rpc: Pick<RpcServer, 'methods' | 'pipeline'>;
  readonly decide: Decide;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
  readonly jwks: Parameters<typeof jwksRoutes>[0]['jwks'];
}

/** What the HTTP port serves; what is asked for most often comes first. */
export function httpRoutes({ http, tokens }: Config, parts: HttpParts): HttpRoute[] {
  const { readiness, rpc, decide, metrics, tracing, jwks } = parts;
  const browsers = cors(http.corsOrigins);
  return [
    verifyRoute(forwardAuth(decide, metrics.onDecision), rpc.pipeline, tracing?.calls),
    healthRoutes(readiness),
    metricsRoute(metrics.text),
    jwksRoutes({
      jwks,
      issuer: tokens.issuer,
      algorithm: tokens.algorithm,
      trusts: (peer) => rpc.pipeline.sources.trusts(peer),
    }),
    ...(http.json
      ? [connectRoute({ methods: rpc.methods, pipeline: rpc.pipeline, cors: browsers }), openApiRoute(browsers)]
      : []),
  ];
}
