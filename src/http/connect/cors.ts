import type { IncomingMessage } from 'node:http';
import type { HttpReply } from '../server/http-server';

const PREFLIGHT_SECONDS = '7200';
const ALLOWED_HEADERS = [
  'authorization',
  'connect-protocol-version',
  'connect-timeout-ms',
  'content-type',
  'traceparent',
  'x-request-id',
  'x-user-agent',
];

export interface Cors {
  /** The answer to a preflight request, if it is one. */
  preflight(request: IncomingMessage): HttpReply | undefined;
  /** What lets a page of an allowed origin read the answer. */
  headers(request: IncomingMessage): Record<string, string>;
}

/**
 * Fetch standard, section 3.2, for the origins of CORS_ORIGINS, compared exactly; `*` and cookies are never allowed. A
 * page of another origin gets no such headers, and its browser keeps the answer from it.
 */
export function cors(origins: readonly string[]): Cors {
  const allowed = new Set(origins);
  const headers = (request: IncomingMessage): Record<string, string> => {
    if (allowed.size === 0) return {};
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return { vary: 'origin' };
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'retry-after, x-request-id',
    };
  };
  return {
    headers,
    preflight(request) {
      if (request.method !== 'OPTIONS') return undefined;
      const ours = headers(request);
      if (ours['access-control-allow-origin'] === undefined) return { status: 403, headers: ours };
      return {
        status: 204,
        headers: {
          ...ours,
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
          'access-control-max-age': PREFLIGHT_SECONDS,
        },
      };
    },
  };
}
