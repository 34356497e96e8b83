import type { Config } from '../config/config';
import type { Decide } from '../gateway/decide';
import { forwardAuth } from '../gateway/forward-auth';
import type { RpcServer } from '../grpc/server';
import { connectRoutes } from '../http/connect/connect-routes';
import { cors } from '../http/connect/cors';
import { healthRoutes, type Readiness } from '../http/routes/health-routes';
import { jwksRoutes } from '../http/routes/jwks-routes';
import { metricsRoute } from '../http/routes/metrics-route';
import { openApiRoute } from '../http/routes/openapi-route';
import { verifyRoute } from '../http/routes/verify-route';
import type { HttpRoute } from '../http/server/http-route';
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

/** What the HTTP port serves. */
export function httpRoutes({ http, tokens }: Config, parts: HttpParts): HttpRoute[] {
  const { readiness, rpc, decide, metrics, tracing, jwks } = parts;
  const { pipeline } = rpc;
  const browsers = cors({
    origins: http.corsOrigins,
    onRefusedOrigin: (origin) => pipeline.log.warn({ origin }, `Origin ${origin} is not in CORS_ORIGINS`),
  });
  return [
    verifyRoute(forwardAuth(decide, metrics.onDecision), pipeline, tracing?.calls),
    ...healthRoutes(readiness),
    metricsRoute(metrics.text),
    ...jwksRoutes({
      jwks,
      issuer: tokens.issuer,
      algorithm: tokens.algorithm,
      trusts: (peer) => pipeline.sources.trusts(peer),
    }),
    ...(http.json
      ? [...connectRoutes({ methods: rpc.methods, pipeline, cors: browsers }), openApiRoute(browsers)]
      : []),
  ];
}
