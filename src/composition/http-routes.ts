import type { Config } from '../config/config';
import type { Decide } from '../gateway/decide';
import { forwardAuth } from '../gateway/forward-auth';
import type { RpcServer } from '../grpc/server';
import { connectRoutes } from '../http/connect/connect-routes';
import { cors } from '../http/connect/cors';
import { landingRoute } from '../http/landing/landing-route';
import type { LandingFacts } from '../http/landing/overview';
import { healthRoutes } from '../http/routes/health-routes';
import { jwksRoutes } from '../http/routes/jwks-routes';
import { metricsRoute } from '../http/routes/metrics-route';
import { openApiRoute } from '../http/routes/openapi-route';
import { verifyRoute } from '../http/routes/verify-route';
import type { HttpRoute } from '../http/server/http-route';
import type { TrustsPeer } from '../http/server/requested-base';
import type { Metrics } from '../observability/metrics';
import type { Tracing } from '../observability/tracing/tracing';
import type { Readiness } from '../transport/readiness';
import { readPackageVersion } from './package-version';

export interface HttpParts {
  readonly readiness: () => Readiness;
  readonly rpc: Pick<RpcServer, 'methods' | 'pipeline'>;
  readonly decide: Decide;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
  /** Where gRPC is served, as bound; as configured until it is. */
  readonly grpcAddress: () => string;
  readonly jwks: Parameters<typeof jwksRoutes>[0]['jwks'];
}

/** What the HTTP port serves. */
export function httpRoutes(config: Config, parts: HttpParts): HttpRoute[] {
  const { http, tokens } = config;
  const { readiness, rpc, decide, metrics, tracing, jwks, grpcAddress } = parts;
  const { pipeline } = rpc;
  const browsers = cors({
    origins: http.corsOrigins,
    onRefusedOrigin: (origin) => pipeline.log.warn({ origin }, `Origin ${origin} is not in CORS_ORIGINS`),
  });
  const trusts: TrustsPeer = (peer) => pipeline.sources.trusts(peer);
  const facts = describeLanding(config, grpcAddress);
  return [
    ...(http.landingPage ? [landingRoute({ facts, readiness, trusts })] : []),
    verifyRoute(forwardAuth(decide, metrics.onDecision), pipeline, tracing?.calls),
    ...healthRoutes(readiness),
    metricsRoute(metrics.text),
    ...jwksRoutes({
      jwks,
      issuer: tokens.issuer,
      algorithm: tokens.algorithm,
      trusts,
    }),
    ...(http.json
      ? [...connectRoutes({ methods: rpc.methods, pipeline, cors: browsers }), openApiRoute(browsers)]
      : []),
  ];
}

function describeLanding({ production, tls, grpc, http }: Config, grpcAddress: () => string): LandingFacts {
  return {
    version: production ? undefined : readPackageVersion(),
    tls: tls === undefined ? 'off' : tls.clientCaFile === undefined ? 'on' : 'mutual',
    reflection: grpc.reflection,
    extAuthz: grpc.extAuthz,
    json: http.json,
    grpcAddress,
  };
}
