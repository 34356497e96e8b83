import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpReply } from './http-route';
import { readHeader } from './read-header';

/** How long the rest of a request is read and dropped after its answer, before the connection is closed. */
const LINGER_MS = 1_000;
/** And how many bytes of it. */
const LINGER_BYTES = 1024 * 1024;

const TEXT = 'text/plain; charset=utf-8';

/**
 * Answers a request. A connection stays open only when the request has been read to its end: what is left of a body
 * could not be distinguished from the next request, which may be another caller's when a gateway shares the connection
 * (RFC 9112 section 9.3).
 * @param closes what `isUnread` says of the request
 */
export function sendReply(request: IncomingMessage, response: ServerResponse, reply: HttpReply, closes: boolean): void {
  const { body = '' } = reply;
  const headers = reply.rawHeaders ?? listHeaders(reply);
  if (closes) headers.push('connection', 'close');
  response.writeHead(reply.status, headers);
  const sent = request.method === 'HEAD' ? '' : body;
  if (closes) endAfterRest(request, response, sent);
  else if (sent === '') response.end();
  else response.end(sent);
}

/** Whether a body was announced (RFC 9112 section 6.3), by whatever method, and has not come to its end. */
export function isUnread({ complete, rawHeaders }: IncomingMessage): boolean {
  if (complete) return false;
  const [length] = readHeader(rawHeaders, 'content-length');
  return length === undefined ? readHeader(rawHeaders, 'transfer-encoding').length > 0 : Number(length) > 0;
}

function listHeaders({ status, headers = {}, body = '' }: HttpReply): string[] {
  const list = ['x-content-type-options', 'nosniff'];
  if (headers['cache-control'] === undefined) list.push('cache-control', 'no-store');
  if (body !== '' && headers['content-type'] === undefined) list.push('content-type', TEXT);
  for (const name in headers) list.push(name, headers[name] ?? '');
  if (status !== 204 && status !== 304) list.push('content-length', String(Buffer.byteLength(body)));
  return list;
}

/**
 * Sends the answer and closes only when the rest of the request has come, or too much of it, or nothing more for too
 * long: a socket that is closed with unread bytes in it is reset, and the reset may overtake the answer (RFC 9112
 * section 9.6).
 */
function endAfterRest(request: IncomingMessage, response: ServerResponse, body: string | Buffer): void {
  if (body === '') response.flushHeaders();
  else response.write(body);
  let left = LINGER_BYTES;
  const end = (): void => {
    clearTimeout(timer);
    request.off('data', drop);
    response.end();
  };
  const drop = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.on('data', drop).once('end', end).once('close', end);
  request.on('error', () => {});
}
