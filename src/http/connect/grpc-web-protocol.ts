import type { CallStatus } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import type { HttpReply } from '../server/http-route';
import { ACCEPTED_ENCODINGS, checkEncoding, decompress } from './compression';
import { parseGrpcTimeout } from './headers';
import type { MessageFormat, RpcProtocol } from './protocol';

const PREFIX_BYTES = 5;
const COMPRESSED = 0x01;
const TRAILERS = 0x80;
const SUCCESS = trailers({ code: 0, message: '' });

/**
 * gRPC-Web (github.com/grpc/grpc, PROTOCOL-WEB.md) for unary calls: the messages of gRPC, and its trailers as a last frame of the body,
 * since pages cannot read trailers. Always 200: the status of the call is in the trailers.
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
      checkEncoding(call.first('grpc-encoding'));
      return parseGrpcTimeout(call.first('grpc-timeout'));
    },
    readMessage(body, call) {
      const { flags, message } = readOnlyFrame(isText ? decodeText(body) : body);
      return (flags & COMPRESSED) === 0 ? message : decompress(message, call.first('grpc-encoding'));
    },
    writeAnswer: (message) => reply(frame(0, Buffer.from(message as Buffer)), SUCCESS),
    writeRefusal: (status) => reply(trailers(status)),
  };
}

/** Base64 that may have been encoded in parts, each with its own padding. */
function decodeText(body: Buffer): Buffer {
  const parts = body.toString('latin1').match(/[^=]+=*/g) ?? [];
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

/** @throws AuthError INVALID_FIELDS when there is more than one message, or none */
function readOnlyFrame(body: Buffer): { flags: number; message: Buffer } {
  if (body.length < PREFIX_BYTES || body.readUInt32BE(1) !== body.length - PREFIX_BYTES) throw decodeFailure();
  const flags = body.readUInt8(0);
  if (flags > COMPRESSED) throw decodeFailure();
  return { flags, message: body.subarray(PREFIX_BYTES) };
}

function frame(flags: number, message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(flags, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function trailers({ code, message, details }: Pick<CallStatus, 'code' | 'message' | 'details'>): Buffer {
  const lines = [`grpc-status: ${code}`];
  if (message !== '') lines.push(`grpc-message: ${encodeURIComponent(message).replaceAll('%20', ' ')}`);
  if (details !== undefined) {
    lines.push(`grpc-status-details-bin: ${Buffer.from(details).toString('base64').replace(/=+$/, '')}`);
  }
  return frame(TRAILERS, Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1'));
}
