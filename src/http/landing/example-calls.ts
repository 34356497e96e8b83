import { EXAMPLE_RPC } from '../../transport/methods/service-names';

/** Lines of a shell that need no account, and change nothing. */
export interface ExampleCalls {
  readonly curl: string;
  readonly grpcurl: string;
}

interface Place {
  /** `scheme://host[:port]` of the HTTP port. */
  readonly base: string;
  readonly grpcAddress: string;
  readonly tls: 'off' | 'on' | 'mutual';
  readonly reflection: boolean;
  readonly json: boolean;
}

const REQUEST = `'{"allowAnonymous": true}'`;
const SECURITY = {
  off: '-plaintext',
  on: '-cacert ca.pem',
  mutual: '-cacert ca.pem -cert client.pem -key client-key.pem',
} as const;

export function writeExampleCalls({ base, grpcAddress, tls, reflection, json }: Place): ExampleCalls {
  const target = findTarget(grpcAddress, base);
  // Without reflection grpcurl needs the proto files; the paths are those of the repository.
  const source = reflection ? '' : ' -import-path proto -proto postern/auth/v1/auth_service.proto';
  return {
    curl: json
      ? `curl -H 'content-type: application/json' -d ${REQUEST} ${base}/${EXAMPLE_RPC}`
      : `curl ${base}/readyz`,
    grpcurl: `grpcurl ${SECURITY[tls]}${source} -d ${REQUEST} ${target} ${EXAMPLE_RPC}`,
  };
}

/** The gRPC port at the host by which the client came. */
function findTarget(grpcAddress: string, base: string): string {
  // A path of the machine is for those who can read its settings.
  if (grpcAddress.startsWith('unix:')) return '"$GRPC_ADDRESS"';
  const [, host = 'localhost'] = /^https?:\/\/(\[[^\]]*\]|[^:]*)/.exec(base) ?? [];
  return `${host}:${grpcAddress.slice(grpcAddress.lastIndexOf(':') + 1)}`;
}
