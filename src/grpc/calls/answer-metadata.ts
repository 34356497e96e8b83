import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';
import { type CallStatus, OK } from '../../transport/errors/status';

// What grpc-js sends with every answer although it says nothing (a `grpc-encoding` of "identity", a `grpc-message` of "OK") is left out:
// the protocol has both as optional, and node:http2 takes longer over each header than Postern over a token. It skips what is undefined.

/** Never seen twice, so that it would only drive others out of the header table of the connection (RFC 7541 section 6.2.3). */
const UNINDEXED = ['x-request-id'];

/** Of one key that is known to be sound: checking it again on the hot path would cost. */
class AnswerHeaders extends Metadata {
  requestId = '';

  override toHttp2Headers(): OutgoingHttpHeaders {
    return { 'grpc-encoding': undefined, 'x-request-id': this.requestId, [sensitiveHeaders]: UNINDEXED };
  }
}

const answerHeaders = new AnswerHeaders();

/** The headers of an answer, to be sent before the next are asked for: one object serves all calls, since grpc-js reads it at once. */
export function requestIdHeader(requestId: string): Metadata {
  answerHeaders.requestId = requestId;
  return answerHeaders;
}

const NO_MESSAGE: OutgoingHttpHeaders = { 'grpc-message': undefined };

class SuccessTrailers extends Metadata {
  override clone(): this {
    return this;
  }

  override toHttp2Headers(): OutgoingHttpHeaders {
    return NO_MESSAGE;
  }
}

/** The status of a success, for every answer the same. */
export const SUCCESS = { code: OK.code, details: OK.message, metadata: new SuccessTrailers() };

/** The trailers of a refusal. */
export function refusalMetadata(requestId: string | undefined, status: CallStatus): Metadata {
  const metadata = new Metadata();
  if (requestId !== undefined) metadata.set('x-request-id', requestId);
  if (status.details !== undefined) metadata.set('grpc-status-details-bin', status.details);
  return metadata;
}
