import type { IncomingMessage } from 'node:http';
import type { HttpReply } from '../server/http-route';

const PREFLIGHT_SECONDS = '7200';
/** `Access-Control-Request-Headers`: names of headers (RFC 9110 section 5.6.2), separated by commas. */
const HEADER_NAMES = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;
/** What a page may read of an answer: the last three are how gRPC-Web carries its status when there is no body. */
const EXPOSED_HEADERS =
  'retry-after, x-request-id, grpc-status, grpc-message, grpc-status-details-bin, grpc-retry-pushback-ms';
/** Origins that are named in the log; a page can make up any number of them. */
const MAX_NAMED = 100;
/** What may stand in the log. */
const ORIGIN = /^[\x21-\x7e]{1,256}$/;

export interface Cors {
  /** The answer to a preflight request for one of these methods, if the request is one. */
  preflight(request: IncomingMessage, methods: string): HttpReply | undefined;
  /** What lets a page of an allowed origin read the answer. */
  headers(request: IncomingMessage): Record<string, string>;
}

export interface CorsOptions {
  /** CORS_ORIGINS, compared exactly. */
  readonly origins: readonly string[];
  /** Called once for each origin whose preflight is refused, for the first MAX_NAMED of them. */
  readonly onRefusedOrigin: (origin: string) => void;
}

/**
 * Fetch standard, section 3.2, for the origins of CORS_ORIGINS; `*` and cookies are never allowed. A page of another
 * origin gets no such headers, and its browser keeps the answer from it. A listed origin may send whichever headers it
 * asks for: tracing adds some of its own, and none of them is a credential that a browser would send by itself.
 */
export function cors({ origins, onRefusedOrigin }: CorsOptions): Cors {
  const allowed = new Set(origins);
  const refused = new Set<string>();

  const headers = (request: IncomingMessage): Record<string, string> => {
    if (allowed.size === 0) return {};
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return { vary: 'origin' };
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED_HEADERS,
    };
  };
  const nameOnce = (origin: string): void => {
    if (refused.has(origin) || refused.size >= MAX_NAMED || !ORIGIN.test(origin)) return;
    refused.add(origin);
    onRefusedOrigin(origin);
  };
  return {
    headers,
    preflight(request, methods) {
      if (request.method !== 'OPTIONS') return undefined;
      const own = headers(request);
      if (own['access-control-allow-origin'] === undefined) {
        const { origin } = request.headers;
        if (origin !== undefined) nameOnce(origin);
        return { status: 403, headers: own, body: 'The origin is not in CORS_ORIGINS\n' };
      }
      const asked = request.headers['access-control-request-headers'];
      return {
        status: 204,
        headers: {
          ...own,
          vary: 'origin, access-control-request-headers',
          'access-control-allow-methods': methods,
          ...(asked !== undefined && HEADER_NAMES.test(asked) ? { 'access-control-allow-headers': asked } : {}),
          'access-control-max-age': PREFLIGHT_SECONDS,
        },
      };
    },
  };
}
