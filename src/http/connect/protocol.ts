import type { CallStatus } from '../../transport/errors/status';
import type { HttpCall } from '../server/http-call';
import type { HttpReply } from '../server/http-route';

/** A message may be so long, compressed and not. */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** How messages are written: ProtoJSON or protobuf. */
export type MessageFormat = 'json' | 'proto';

/** How one way of calling RPCs over HTTP carries messages, deadlines and statuses. */
export interface RpcProtocol {
  readonly format: MessageFormat;
  /**
   * Checks what the protocol says in headers, before the body has been read, and gives the time that the caller allows, in ms.
   *
   * @throws AuthError INVALID_FIELDS; RpcRefusal
   */
  readonly checkHeaders: (call: HttpCall) => number | undefined;
  /** The message in a whole body. @throws AuthError INVALID_FIELDS; RpcRefusal; TransportLimitError */
  readonly readMessage: (body: Buffer, call: HttpCall) => Buffer;
  readonly writeAnswer: (message: string | Buffer) => HttpReply;
  readonly writeRefusal: (status: CallStatus) => HttpReply;
}

/** What a protocol refuses by itself, before a handler sees it. */
export class RpcRefusal extends Error {
  override readonly name = 'RpcRefusal';

  constructor(readonly status: CallStatus) {
    super(status.message);
  }
}

/** google.rpc.Code. */
const UNIMPLEMENTED = 12;

export function unimplemented(message: string): RpcRefusal {
  return new RpcRefusal({ code: UNIMPLEMENTED, message });
}
