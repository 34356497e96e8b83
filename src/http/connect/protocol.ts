import type { CallStatus } from '../../transport/errors/status';
import type { HttpCall } from '../server/http-call';
import type { HttpReply } from '../server/http-route';

/** How messages are written: ProtoJSON or protobuf. */
export type MessageFormat = 'json' | 'proto';

/** How one way of calling RPCs over HTTP carries messages, deadlines and statuses. */
export interface RpcProtocol {
  readonly format: MessageFormat;
  /**
   * Checks what the protocol says in headers, before the body has been read, and gives the time that the caller allows,
   * in ms; Infinity without one.
   *
   * @throws AuthError INVALID_FIELDS; TransportError
   */
  readonly checkHeaders: (call: HttpCall) => number;
  /** The message in a whole body. @throws AuthError INVALID_FIELDS; TransportError */
  readonly readMessage: (body: Buffer, call: HttpCall) => Buffer;
  readonly writeAnswer: (message: string | Buffer) => HttpReply;
  readonly writeRefusal: (status: CallStatus) => HttpReply;
}
