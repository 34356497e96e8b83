import { Status } from '../../gen/google/rpc/status';
import type { CallStatus } from '../../transport/errors/status';
import type { HttpReply } from '../server/http-server';
import type { JsonCodecs } from './json-codec';

/** The Connect protocol's name and HTTP status of each google.rpc.Code. */
const CODES: Readonly<Record<number, readonly [name: string, httpStatus: number]>> = {
  1: ['canceled', 499],
  2: ['unknown', 500],
  3: ['invalid_argument', 400],
  4: ['deadline_exceeded', 504],
  5: ['not_found', 404],
  6: ['already_exists', 409],
  7: ['permission_denied', 403],
  8: ['resource_exhausted', 429],
  9: ['failed_precondition', 400],
  10: ['aborted', 409],
  11: ['out_of_range', 400],
  12: ['unimplemented', 501],
  13: ['internal', 500],
  14: ['unavailable', 503],
  15: ['data_loss', 500],
  16: ['unauthenticated', 401],
};

/** What this transport refuses by itself, before a handler sees it. */
export class ConnectRefusal extends Error {
  override readonly name = 'ConnectRefusal';

  constructor(readonly status: CallStatus) {
    super(status.message);
  }
}

export function unimplemented(message: string): ConnectRefusal {
  return new ConnectRefusal({ code: 12, message });
}

export function tooLarge(what: string, maxBytes: number): ConnectRefusal {
  return new ConnectRefusal({ code: 8, message: `Received ${what} larger than max (${maxBytes} bytes)` });
}

/** A status that is not OK as the Connect unary protocol answers it. */
export function connectError({ code, message, details }: CallStatus, codecs: JsonCodecs): HttpReply {
  const [name, status] = CODES[code] ?? ['unknown', 500];
  const all = details === undefined ? [] : Status.decode(details).details.map((any) => detail(any, codecs));
  const retryAfter = all.map(({ debug }) => retrySeconds(debug)).find((seconds) => seconds !== undefined);
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify({ code: name, message, ...(all.length === 0 ? {} : { details: all }) }),
  };
}

function detail({ typeUrl, value }: { typeUrl: string; value: Uint8Array }, codecs: JsonCodecs) {
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const unpadded = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return { type, value: unpadded, debug: codecs.json(type, value) };
}

/** Of a google.rpc.RetryInfo, for clients that know `Retry-After` only. */
function retrySeconds(debug: unknown): number | undefined {
  const { retryDelay } = (debug ?? {}) as { retryDelay?: unknown };
  return typeof retryDelay === 'string' ? Math.ceil(Number.parseFloat(retryDelay)) : undefined;
}
