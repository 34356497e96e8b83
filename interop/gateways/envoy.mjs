import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHED = join(homedir(), '.cache', 'postern', 'envoy-1.40.0', 'envoy');
const HTTP = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const typed = (type, fields) => ({ '@type': `type.googleapis.com/${type}`, ...fields });

/** Reads the key set often enough for a key that signs a minute after it was published. */
export const READS_OFTEN = { cache_duration: '30s', async_fetch: { fast_listener: false } };

/** The keys of the service; SECRET_KEY as a key of type `oct`. */
function keys({ algorithm, secret, jwksUrl }, reading) {
  if (algorithm !== 'HS256')
    return { remote_jwks: { http_uri: { uri: jwksUrl, cluster: 'postern', timeout: '5s' }, ...reading } };
  const key = { kty: 'oct', alg: 'HS256', k: Buffer.from(secret).toString('base64url') };
  return { local_jwks: { inline_string: JSON.stringify({ keys: [key] }) } };
}

function filters(job, use, reading) {
  const configured = { audiences: [job.audience], clock_skew_seconds: 1 };
  const provider = { issuer: job.issuer, ...keys(job, reading), ...(use === 'configured' ? configured : {}) };
  return [
    {
      name: 'envoy.filters.http.jwt_authn',
      typed_config: typed('envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
        providers: { postern: provider },
        rules: [{ match: { prefix: '/' }, requires: { provider_name: 'postern' } }],
      }),
    },
    {
      name: 'envoy.filters.http.router',
      typed_config: typed('envoy.extensions.filters.http.router.v3.Router', {}),
    },
  ];
}

/** `jwt_authn` with the key set of the service. */
export function configure({ job, use, port, reading = READS_OFTEN }) {
  const upstream = new URL(job.base);
  const address = (number) => ({ socket_address: { address: '127.0.0.1', port_value: Number(number) } });
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200 } }];
  const manager = typed(HTTP, {
    stat_prefix: 'edge',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: filters(job, use, reading),
  });
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(upstream.port) } }] }];
  const cluster = {
    name: 'postern',
    type: 'STATIC',
    load_assignment: { cluster_name: 'postern', endpoints },
  };
  const text = JSON.stringify({
    static_resources: {
      listeners: [{ name: 'edge', address: address(port), filter_chains: [chain] }],
      clusters: [cluster],
    },
  });
  const args = ['--use-dynamic-base-id', '--log-level', 'error', '--concurrency', '1', '-c'];
  return { file: 'envoy.json', text, command: process.env.ENVOY_BINARY ?? CACHED, args };
}
