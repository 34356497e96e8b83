import { constants, type OutgoingHttpHeaders } from 'node:http2';
import { Code } from '../../transport/errors/code';
import { trailersOnly } from '../wire/response-headers';
import type { IncomingCall } from './incoming-call';

/** Takes over a call of one method. */
export type BeginCall = (incoming: IncomingCall) => void;

const UNIMPLEMENTED = { code: Code.UNIMPLEMENTED, message: 'The server does not implement this method' };
/** With a codec that is protobuf, said or not; parameters say nothing about it. */
const GRPC_TYPE = /^application\/grpc(\+proto)?\s*(;|$)/i;

/** How long a client may go on sending a request that was refused by its headers. */
const LINGER_MS = 10_000;

/** Finds the method of each call by its path; what is no gRPC call or has no method is answered here. */
export function dispatchTo(methods: ReadonlyMap<string, BeginCall>): BeginCall {
  return (incoming) => {
    const { headers } = incoming;
    const type = headers['content-type'] ?? '';
    if (type !== 'application/grpc' && !GRPC_TYPE.test(type)) {
      refuse(incoming, { ':status': constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE });
      return;
    }
    if (headers[':method'] !== 'POST') {
      refuse(incoming, { ':status': constants.HTTP_STATUS_METHOD_NOT_ALLOWED, allow: 'POST' });
      return;
    }
    const begin = methods.get(headers[':path'] ?? '');
    if (begin === undefined) refuse(incoming, trailersOnly(UNIMPLEMENTED, undefined));
    else begin(incoming);
  };
}

/** Answers with headers alone, and wants no more of the request. */
function refuse({ stream }: IncomingCall, headers: OutgoingHttpHeaders): void {
  stream.on('error', () => {});
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
  stream.resume();
  // At once it would overtake the answer, now and then.
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), LINGER_MS).unref();
  stream.once('close', () => clearTimeout(timer));
}
