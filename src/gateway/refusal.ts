import type { Reason } from '../auth/errors';
import type { Denial } from './decide';

/** How a denied request is answered over HTTP. */
export interface Refusal {
  readonly status: 401 | 403 | 429 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

const REFUSALS = {
  unauthenticated: { status: 401, code: 'unauthenticated', message: 'Could not validate credentials' },
  forbidden: { status: 403, code: 'permission_denied', message: 'Not enough permissions' },
  limited: { status: 429, code: 'resource_exhausted', message: 'Too many requests' },
  unavailable: { status: 503, code: 'unavailable', message: 'Storage is unavailable' },
} as const;

const JSON_TYPE = { 'content-type': 'application/json' };

/** The challenge of a 401 as RFC 6750 section 3 writes it: `invalid_token` only when there was a token. */
export function toRefusal({ outcome, reason, tokenSent }: Denial): Refusal {
  const { status, code, message } = REFUSALS[outcome];
  return { status, headers: buildHeaders(status, tokenSent), body: body(code, message, reason) };
}

function buildHeaders(status: Refusal['status'], tokenSent: boolean): Refusal['headers'] {
  if (status === 401) {
    return { ...JSON_TYPE, 'www-authenticate': tokenSent ? 'Bearer error="invalid_token"' : 'Bearer' };
  }
  return status === 503 || status === 429 ? { ...JSON_TYPE, 'retry-after': '1' } : JSON_TYPE;
}

function body(code: string, message: string, reason: Reason): string {
  return `${JSON.stringify({ code, message, reason })}\n`;
}
