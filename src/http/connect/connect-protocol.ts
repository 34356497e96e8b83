import { Status } from '../../gen/google/rpc/status';
import type { CallStatus } from '../../transport/errors/status';
import { ACCEPTED_ENCODINGS } from '../../transport/wire/compression';
import type { HttpCall } from '../server/http-call';
import type { HttpReply } from '../server/http-route';
import { checkEncoding, decompress } from './compression';
import { connectCode } from './connect-codes';
import { invalidHeader, parseConnectTimeout } from './headers';
import type { JsonCodecs } from './json/json-codecs';
import type { MessageFormat, RpcProtocol } from './protocol';

const JSON_TYPE = { 'content-type': 'application/json' };

/** The Connect protocol's unary calls by POST (connectrpc.com/docs/protocol); their errors are JSON in both formats. */
export function connectProtocol(format: MessageFormat, codecs: Pick<JsonCodecs, 'describeDetail'>): RpcProtocol {
  const type = { 'content-type': `application/${format}` };
  return {
    format,
    checkHeaders(call) {
      checkEncoding(call.first('content-encoding'));
      return checkVersionAndTimeout(call);
    },
    readMessage: (body, call) => decompress(body, call.first('content-encoding')),
    writeAnswer: (body) => ({ status: 200, headers: type, body }),
    writeRefusal: (status) => writeError(status, codecs),
  };
}

/** The same by GET: the message in the query, nothing in the body. */
export function connectGetProtocol(post: RpcProtocol, query: URLSearchParams): RpcProtocol {
  const compression = query.get('compression') ?? '';
  return {
    ...post,
    checkHeaders(call) {
      checkEncoding(compression);
      const version = query.get('connect');
      if (version !== null && version !== 'v1') throw invalidHeader('connect', 'Must be v1');
      return checkVersionAndTimeout(call);
    },
    readMessage() {
      const message = query.get('message') ?? '';
      const bytes = query.get('base64') === '1' ? Buffer.from(message, 'base64url') : Buffer.from(message);
      return decompress(bytes, compression);
    },
  };
}

/** An error as Connect writes it, with its details as protobuf and for people. */
function writeError({ code, message, details }: CallStatus, codecs: Pick<JsonCodecs, 'describeDetail'>): HttpReply {
  const { name, httpStatus: status } = connectCode(code);
  const all = details === undefined ? [] : Status.decode(details).details.map((any) => detail(any, codecs));
  const retryAfter = all.map(({ debug }) => retrySeconds(debug)).find((seconds) => seconds !== undefined);
  return {
    status,
    headers: {
      ...JSON_TYPE,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(name === 'unimplemented' ? { 'accept-encoding': ACCEPTED_ENCODINGS } : {}),
    },
    body: JSON.stringify({ code: name, message, ...(all.length === 0 ? {} : { details: all }) }),
  };
}

function checkVersionAndTimeout(call: HttpCall): number {
  const version = call.first('connect-protocol-version');
  if (version !== '' && version !== '1') throw invalidHeader('connect-protocol-version', 'Must be 1');
  return parseConnectTimeout(call.first('connect-timeout-ms'));
}

function detail(
  { typeUrl, value }: { typeUrl: string; value: Uint8Array },
  codecs: Pick<JsonCodecs, 'describeDetail'>,
) {
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const unpadded = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return { type, value: unpadded, debug: codecs.describeDetail(type, value) };
}

/** Of a google.rpc.RetryInfo, for clients that know `Retry-After` only. */
function retrySeconds(debug: unknown): number | undefined {
  const { retryDelay } = (debug ?? {}) as { retryDelay?: unknown };
  return typeof retryDelay === 'string' ? Math.ceil(Number.parseFloat(retryDelay)) : undefined;
}
