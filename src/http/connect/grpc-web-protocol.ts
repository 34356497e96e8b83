import type { CallStatus } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import { ACCEPTED_ENCODINGS, findDecompression } from '../../transport/wire/compression';
import { parseGrpcTimeout } from '../../transport/wire/grpc-timeout';
import { frameMessage, MessageReader } from '../../transport/wire/message-reader';
import { MAX_MESSAGE_BYTES } from '../../transport/wire/message-size';
import type { HttpCall } from '../server/http-call';
import type { HttpReply } from '../server/http-route';
import type { MessageFormat, RpcProtocol } from './protocol';

/** The flag of the frame that holds the trailers. */
const TRAILERS = 0x80;
const SUCCESS = frameTrailers({ code: 0, message: '' });

/**
 * gRPC-Web (github.com/grpc/grpc, PROTOCOL-WEB.md) for unary calls: the messages of gRPC, and its trailers as a last
 * frame of the body, since pages cannot read trailers. Always 200: the status of the call is in the trailers.
 *
 * @param contentType of the answer, which is that of the request
 * @param isText `-text`: the body is base64
 */
export function grpcWebProtocol(format: MessageFormat, contentType: string, isText: boolean): RpcProtocol {
  const headers = { 'content-type': contentType, 'grpc-accept-encoding': ACCEPTED_ENCODINGS };
  const reply = (...frames: Buffer[]): HttpReply => {
    const body = Buffer.concat(frames);
    return { status: 200, headers, body: isText ? body.toString('base64') : body };
  };
  return {
    format,
    checkHeaders(call) {
      findDecompression(call.first('grpc-encoding') || undefined);
      return parseGrpcTimeout(call.first('grpc-timeout') || undefined);
    },
    readMessage: (body, call) => readOnlyMessage(isText ? decodeText(body) : body, call),
    writeAnswer: (message) => reply(frameMessage(Buffer.from(message as Buffer)), SUCCESS),
    writeRefusal: (status) => reply(frameTrailers(status)),
  };
}

/** Base64 that may have been encoded in parts, each with its own padding. */
function decodeText(body: Buffer): Buffer {
  const parts = body.toString('latin1').match(/[^=]+=*/g) ?? [];
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

/** @throws AuthError INVALID_FIELDS when there is more than one message, or none; TransportError */
function readOnlyMessage(body: Buffer, call: HttpCall): Buffer {
  const messages: Buffer[] = [];
  const reader = new MessageReader(MAX_MESSAGE_BYTES, findDecompression(call.first('grpc-encoding') || undefined));
  reader.push(body, { onMessage: (message) => messages.push(message) });
  const [message, ...more] = messages;
  if (message === undefined || more.length > 0 || reader.isMidMessage) throw decodeFailure();
  return message;
}

type Ending = Pick<CallStatus, 'code' | 'message' | 'details' | 'retryAfterSeconds'>;

function frameTrailers({ code, message, details, retryAfterSeconds }: Ending): Buffer {
  const lines = [`grpc-status: ${code}`];
  if (message !== '') lines.push(`grpc-message: ${encodeURIComponent(message).replaceAll('%20', ' ')}`);
  if (details !== undefined) {
    lines.push(`grpc-status-details-bin: ${Buffer.from(details).toString('base64').replace(/=+$/, '')}`);
  }
  if (retryAfterSeconds !== undefined) lines.push(`grpc-retry-pushback-ms: ${Math.ceil(retryAfterSeconds * 1000)}`);
  const framed = frameMessage(Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1'));
  framed.writeUInt8(TRAILERS, 0);
  return framed;
}
