import type { IncomingMessage } from 'node:http';
import { CANCELLED, type CallStatus, DEADLINE_EXCEEDED, OK, toStatus } from '../../transport/errors/status';
import type { CheckRateLimit } from '../../transport/limits/rate-limit';
import { decodeRequest } from '../../transport/methods/decode-request';
import type { RpcMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { DeadlineEntry, Expiring } from '../../transport/pipeline/deadline-queue';
import { limitMetadata } from '../../transport/pipeline/metadata-limit';
import { MAX_MESSAGE_BYTES, tooLarge } from '../../transport/wire/message-size';
import { HttpCall } from '../server/http-call';
import type { HttpReply } from '../server/http-route';
import type { JsonCodec } from './json/json-codecs';
import type { RpcProtocol } from './protocol';

/** One RPC as this port serves it. */
export interface HttpRpc {
  readonly method: RpcMethod;
  readonly json: JsonCodec;
  readonly checkRateLimit: CheckRateLimit | undefined;
}

/**
 * One unary call from its headers to its answer, whichever protocol carries it: what `UnaryCall` is for gRPC, with the
 * same limits, deadline, log and counters.
 */
export class RpcCall implements Expiring {
  readonly #call: HttpCall;
  #deadlineEntry: DeadlineEntry | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isOver = false;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly request: IncomingMessage,
    private readonly rpc: HttpRpc,
    private readonly protocol: RpcProtocol,
    private readonly pipeline: CallPipeline,
    private readonly resolve: (reply: HttpReply) => void,
  ) {
    this.#call = new HttpCall(request, pipeline);
  }

  /** @param hasBody whether the message is in the body of the request */
  start(hasBody: boolean): void {
    this.#deadlineEntry = this.pipeline.deadlines.add(this, this.#call.startedAt);
    this.request.socket.once('close', this.#onGone);
    try {
      limitMetadata(this.request.rawHeaders);
      this.#endAfter(this.protocol.checkHeaders(this.#call));
      this.rpc.checkRateLimit?.(this.#call);
      if (Number(this.request.headers['content-length'] ?? 0) > MAX_MESSAGE_BYTES) throw tooLarge(MAX_MESSAGE_BYTES);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (hasBody) this.request.on('data', this.#onData).once('end', this.#onEnd);
    else this.#handle(Buffer.alloc(0));
  }

  /** Its time has passed; whatever the handler still brings is dropped. */
  expire(): void {
    if (this.#isOver) return;
    this.#call.end(false);
    this.#finish(DEADLINE_EXCEEDED);
  }

  readonly #onGone = (): void => {
    if (this.#isOver) return;
    this.#call.end(true);
    this.#finish(CANCELLED);
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_MESSAGE_BYTES) this.#chunks.push(chunk);
    else this.#fail(tooLarge(MAX_MESSAGE_BYTES));
  };

  readonly #onEnd = (): void => {
    const [only] = this.#chunks;
    this.#handle(this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks));
  };

  /** A deadline of 0 has passed: nothing is carried out. */
  #endAfter(timeoutMs: number): void {
    if (timeoutMs >= this.pipeline.timeoutMs) return;
    this.#call.budgetMs = timeoutMs;
    if (timeoutMs < 1) this.expire();
    else this.#timer = setTimeout(() => this.expire(), timeoutMs);
  }

  #handle(body: Buffer): void {
    if (this.#isOver) return;
    try {
      const response = this.rpc.method.handle(this.#decode(body), this.#call);
      if (response instanceof Promise) response.then(this.#succeed, this.#fail);
      else this.#succeed(response);
    } catch (error) {
      this.#fail(error);
    }
  }

  #decode(body: Buffer): unknown {
    const { rpc, protocol } = this;
    const message = protocol.readMessage(body, this.#call);
    return protocol.format === 'json'
      ? rpc.json.readRequest(message.toString('utf8'))
      : decodeRequest(rpc.method, message);
  }

  readonly #succeed = (response: unknown): void => {
    if (this.#isOver) return;
    const { rpc, protocol } = this;
    try {
      const message = protocol.format === 'json' ? rpc.json.writeResponse(response) : rpc.method.encode(response);
      this.#finish(OK, protocol.writeAnswer(message));
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #fail = (error: unknown): void => {
    const status = toStatus(error);
    if (status.unexpected) {
      const { path: method } = this.rpc.method;
      this.pipeline.log.error({ err: error, method, request_id: this.#call.requestId }, 'Internal error');
    }
    if (!this.#isOver) this.#finish(status);
  };

  #finish(status: CallStatus, answer = this.protocol.writeRefusal(status)): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#deadlineEntry !== undefined) this.pipeline.deadlines.remove(this.#deadlineEntry);
    this.request.off('data', this.#onData).off('end', this.#onEnd);
    this.request.socket.off('close', this.#onGone);
    const { requestId, startedAt } = this.#call;
    const durationMs = this.pipeline.clock.monotonic() - startedAt;
    this.pipeline.logCall(this.rpc.method.path, this.#call, status, durationMs);
    this.resolve({ ...answer, headers: { ...answer.headers, 'x-request-id': requestId } });
  }
}
