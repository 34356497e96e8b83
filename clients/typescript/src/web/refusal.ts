import { REASON_STATUSES, RETRY_AFTER_SECONDS, type Reason } from '../reasons';

/** A refusal over HTTP, as the gateways of the service give it. */
export interface HttpRefusal {
  readonly status: 400 | 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: code, message, reason. */
  readonly body: string;
}

const CODES = { 401: 'unauthenticated', 403: 'permission_denied', 503: 'unavailable' } as const;

/** The challenge of RFC 6750 section 3: `invalid_token` only when there was a token. */
export function buildRefusal(reason: Reason, tokenSent: boolean): HttpRefusal {
  const { httpStatus: status, message } = REASON_STATUSES[reason];
  const body = `${JSON.stringify({ code: CODES[status], message, reason })}\n`;
  return { status, headers: { 'content-type': 'application/json', ...challenge(status, tokenSent) }, body };
}

function challenge(status: 401 | 403 | 503, tokenSent: boolean): Readonly<Record<string, string>> {
  if (status === 401) return { 'www-authenticate': tokenSent ? 'Bearer error="invalid_token"' : 'Bearer' };
  if (status === 403) return { 'www-authenticate': 'Bearer error="insufficient_scope"' };
  return { 'retry-after': String(RETRY_AFTER_SECONDS) };
}
