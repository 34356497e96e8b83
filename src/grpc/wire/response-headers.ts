import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import type { CallStatus } from '../../transport/errors/status';
import { ACCEPTED_ENCODINGS } from '../../transport/wire/compression';

const CONTENT_TYPE = 'application/grpc+proto';
/**
 * Never seen twice, so that it would only drive others out of the header table of the connection (RFC 7541 section
 * 6.2.3).
 */
const UNINDEXED = ['x-request-id'];

/**
 * Whether `respond` takes a flat list of names and values, for which it makes and checks no object: an eighth of a
 * call. Documented since Node 24.7 and 22.20 (https://nodejs.org/api/http2.html#http2streamrespondheaders-options).
 */
function takesRawHeaders(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 7) || (major === 22 && minor >= 20);
}

const isRaw = takesRawHeaders(process.versions.node);

/** The headers of an answer that has a message. */
export function answerHeaders(requestId: string): OutgoingHttpHeaders {
  if (isRaw) {
    const raw = [':status', '200', 'content-type', CONTENT_TYPE, 'grpc-accept-encoding', ACCEPTED_ENCODINGS];
    raw.push('x-request-id', requestId);
    // The types of Node 20 do not know the list.
    return Object.assign(raw, { [sensitiveHeaders]: UNINDEXED }) as unknown as OutgoingHttpHeaders;
  }
  return {
    ':status': 200,
    'content-type': CONTENT_TYPE,
    'grpc-accept-encoding': ACCEPTED_ENCODINGS,
    'x-request-id': requestId,
    [sensitiveHeaders]: UNINDEXED,
  };
}

const SUCCESS: OutgoingHttpHeaders = { 'grpc-status': '0' };

/**
 * The trailers after a message. What says nothing (a `grpc-message` of "OK") is left out: each header costs more than a
 * token.
 */
export function statusTrailers(status: CallStatus, requestId: string | undefined): OutgoingHttpHeaders {
  if (status.code === 0) return SUCCESS;
  return {
    'grpc-status': String(status.code),
    'grpc-message': encodeGrpcMessage(status.message),
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    // Values of keys that end in -bin are base64 of their bytes.
    ...(status.details === undefined ? {} : { 'grpc-status-details-bin': status.details.toString('base64') }),
    ...pushback(status),
  };
}

/** What gRPC clients with a retry policy obey, unlike RetryInfo (gRFC A6). */
function pushback({ retryAfterSeconds }: CallStatus): OutgoingHttpHeaders {
  if (retryAfterSeconds === undefined) return {};
  return { 'grpc-retry-pushback-ms': String(Math.ceil(retryAfterSeconds * 1000)) };
}

/** An answer without a message: its headers are its trailers. */
export function trailersOnly(status: CallStatus, requestId: string | undefined): OutgoingHttpHeaders {
  if (isRaw) return rawTrailersOnly(status, requestId);
  const head = { ':status': 200, 'content-type': CONTENT_TYPE, 'grpc-accept-encoding': ACCEPTED_ENCODINGS };
  return {
    ...head,
    ...statusTrailers(status, requestId),
    ...(requestId === undefined ? {} : { [sensitiveHeaders]: UNINDEXED }),
  };
}

function rawTrailersOnly(status: CallStatus, requestId: string | undefined): OutgoingHttpHeaders {
  const raw = [':status', '200', 'content-type', CONTENT_TYPE, 'grpc-accept-encoding', ACCEPTED_ENCODINGS];
  for (const [name, value] of Object.entries(statusTrailers(status, requestId))) raw.push(name, String(value));
  return Object.assign(raw, { [sensitiveHeaders]: UNINDEXED }) as unknown as OutgoingHttpHeaders;
}

/** Percent-encodes what is not printable ASCII, and `%` itself (gRPC over HTTP/2, "Status-Message"). */
export function encodeGrpcMessage(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/gu, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
