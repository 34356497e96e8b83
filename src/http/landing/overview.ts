import { SERVICE_NAMES } from '../../transport/methods/service-names';
import type { Readiness } from '../../transport/readiness';
import { type ExampleCalls, writeExampleCalls } from './example-calls';

/** What does not change while the service runs. */
export interface LandingFacts {
  /** Undefined in production, so that the page does not say what there is to attack. */
  readonly version: string | undefined;
  readonly tls: 'off' | 'on' | 'mutual';
  readonly reflection: boolean;
  readonly extAuthz: boolean;
  /** Whether the RPCs are served as JSON, and described by `/openapi.json`. */
  readonly json: boolean;
  /** Where gRPC is served, as bound: `host:port` or `unix:PATH`. */
  readonly grpcAddress: () => string;
}

/** What runs here, for people and programs. */
export interface Overview {
  readonly service: 'postern';
  readonly description: string;
  readonly version?: string;
  readonly ready: boolean;
  /** What is not ready; empty when all is. */
  readonly missing: readonly string[];
  readonly http: readonly Endpoint[];
  readonly grpc: { readonly tls: LandingFacts['tls']; readonly services: readonly string[] };
  readonly examples: ExampleCalls;
}

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly description: string;
}

const DESCRIPTION = 'Authentication for your services: sign-in, sessions, access tokens, roles and API keys.';

const ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', path: '/healthz', description: 'The process is alive' },
  { method: 'GET', path: '/readyz', description: 'It can do all of its work: 200, else 503 and what is missing' },
  { method: 'GET', path: '/metrics', description: 'Metrics for Prometheus' },
  { method: 'GET', path: '/.well-known/jwks.json', description: 'Public keys of access tokens' },
  { method: 'GET', path: '/.well-known/openid-configuration', description: 'Issuer, algorithms and place of the keys' },
  { method: 'GET', path: '/.well-known/oauth-authorization-server', description: 'The same, by RFC 8414' },
  { method: 'any', path: '/verify', description: 'What nginx, Traefik and Caddy ask about a request' },
];
const JSON_ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: `/${SERVICE_NAMES.auth}/`, description: 'Every RPC of the service, as JSON' },
  { method: 'POST', path: `/${SERVICE_NAMES.admin}/`, description: 'Every RPC of the administration, as JSON' },
  { method: 'GET', path: '/openapi.json', description: 'The RPCs, described by OpenAPI 3.1' },
];

/** @param base `scheme://host[:port]` by which the client came */
export function buildOverview(facts: LandingFacts, { missing }: Readiness, base: string): Overview {
  const { version, tls, reflection, extAuthz, json } = facts;
  return {
    service: 'postern',
    description: DESCRIPTION,
    ...(version === undefined ? {} : { version }),
    ready: missing.length === 0,
    missing,
    http: [...(json ? JSON_ENDPOINTS : []), ...ENDPOINTS],
    grpc: {
      tls,
      services: [
        SERVICE_NAMES.auth,
        SERVICE_NAMES.admin,
        SERVICE_NAMES.health,
        ...(reflection ? [SERVICE_NAMES.reflection] : []),
        ...(extAuthz ? [SERVICE_NAMES.extAuthz] : []),
      ],
    },
    examples: writeExampleCalls({ base, grpcAddress: facts.grpcAddress(), tls, reflection, json }),
  };
}
