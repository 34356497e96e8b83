import { constants, type ServerHttp2Stream } from 'node:http2';
import { MAX_TIMER_MS } from '../../auth/call';
import { CANCELLED, type CallStatus, DEADLINE_EXCEEDED, OK, toStatus } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { DeadlineEntry, Expiring } from '../../transport/pipeline/deadline-queue';
import { limitMetadata } from '../../transport/pipeline/metadata-limit';
import { findDecompression } from '../../transport/wire/compression';
import { parseGrpcTimeout } from '../../transport/wire/grpc-timeout';
import { frameMessage, type MessageListener, MessageReader } from '../../transport/wire/message-reader';
import { answerHeaders, statusTrailers, trailersOnly } from '../wire/response-headers';
import { GrpcCall } from './grpc-call';
import type { CallPolicy, IncomingCall } from './incoming-call';

const WAIT_FOR_TRAILERS = { waitForTrailers: true } as const;
const END_STREAM = { endStream: true } as const;

/**
 * One call from its headers to its trailers: the only place where HTTP/2 meets a handler, over nothing but the
 * documented API of node:http2. The limits and the deadline hold from the headers on, and nothing that a handler throws
 * gets out.
 */
export abstract class ServerCall implements Expiring, MessageListener {
  protected call: GrpcCall | undefined = undefined;
  protected isOver = false;
  #reader: MessageReader | undefined = undefined;
  #deadlineEntry: DeadlineEntry | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #callerTimeoutMs = Number.POSITIVE_INFINITY;
  #status: CallStatus = OK;
  #hasHeaders = false;

  constructor(
    protected readonly stream: ServerHttp2Stream,
    protected readonly policy: CallPolicy,
    protected readonly pipeline: CallPipeline,
  ) {}

  /** A whole message has come. */
  abstract onMessage(message: Buffer): void;
  /** The caller will send no further message. */
  protected abstract onHalfClose(): void;
  /** The call has its status, or its caller has gone away. */
  protected onEnd(_status: CallStatus): void {}

  /** Begins the call: to be called once, in the event that brought the stream. Keeps no headers but in `call`. */
  begin({ headers, rawHeaders, connection }: IncomingCall): void {
    const { stream } = this;
    const { clock, sources, timeoutMs, deadlines } = this.pipeline;
    stream.on('error', ignore);
    stream.on('close', () => this.#onClose());
    let broken: unknown;
    try {
      this.#callerTimeoutMs = parseGrpcTimeout(headers['grpc-timeout'] as string | undefined);
      const decompress = findDecompression(headers['grpc-encoding'] as string | undefined);
      this.#reader = new MessageReader(this.policy.maxMessageBytes, decompress);
    } catch (error) {
      broken = error;
    }
    const budgetMs = Math.min(timeoutMs, this.#callerTimeoutMs);
    const call = new GrpcCall(headers, connection.peer, sources, clock, budgetMs);
    this.call = call;
    this.#deadlineEntry = deadlines.add(this, call.startedAt);
    // The queue keeps the service's own limit, which is the same for all.
    if (budgetMs < timeoutMs) this.#timer = setTimeout(() => this.expire(), Math.max(budgetMs, 1));
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => {
      // A stream that its client has reset comes to its end as well; its close says that it was cancelled.
      if (!this.isOver && !stream.aborted) this.attempt(() => this.#onRequestEnd());
    });
    try {
      if (broken !== undefined) throw broken;
      limitMetadata(rawHeaders);
      this.policy.checkRateLimit?.(call);
      if (budgetMs <= 0) this.expire();
    } catch (error) {
      this.fail(error);
    }
  }

  /** REQUEST_TIMEOUT or the caller's own deadline has passed; whatever the handler still brings is dropped. */
  expire(): void {
    if (this.isOver) return;
    this.call?.end(false);
    this.end(DEADLINE_EXCEEDED);
  }

  /**
   * Sends a message. @param onSent called when it has left, as fast as the caller reads @returns false: the caller
   * reads slower than this sends
   */
  protected send(message: Uint8Array, onSent?: () => void): boolean {
    return this.sendFramed(frameMessage(message), onSent);
  }

  /** The same for a message that has its prefix already: many streams can be sent the same bytes. */
  protected sendFramed(framed: Buffer, onSent?: () => void): boolean {
    const { stream } = this;
    if (!this.#isWritable) return true;
    this.#sendHeaders();
    return stream.write(framed, onSent);
  }

  /** Sends the last message and OK. */
  protected succeed(message: Uint8Array): void {
    const { stream } = this;
    // The event that is on its way reports its end.
    if (!this.#isWritable) return;
    this.#sendHeaders();
    stream.end(frameMessage(message));
    this.#finish(OK);
  }

  /** Sends the headers, if they have not been sent. */
  protected sendHeaders(): void {
    if (!this.#hasHeaders && this.#isWritable) this.#sendHeaders();
  }

  /** Ends the call with the status of whatever was thrown. */
  protected fail(error: unknown): void {
    const status = toStatus(error);
    if (status.unexpected) {
      const { path } = this.policy;
      this.pipeline.log.error({ err: error, method: path, request_id: this.call?.requestId }, 'Internal error');
    }
    if (!this.isOver) this.end(status);
  }

  /** Ends the call with a status. */
  protected end(status: CallStatus): void {
    if (this.isOver) return;
    this.#status = status;
    const { stream } = this;
    const isTrailersOnly = !this.#hasHeaders && this.#isWritable;
    if (this.#hasHeaders) stream.end();
    else if (isTrailersOnly) stream.respond(trailersOnly(status, this.call?.requestId), END_STREAM);
    this.#finish(status);
    if (isTrailersOnly) this.#stopReading();
  }

  /** Runs a step of the call; what it throws ends the call. */
  protected attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  /** From now on only the caller's own deadline holds, if it has one: for streams that go on for long. */
  protected liftTimeout(): void {
    this.#removeFromQueue();
    const { call } = this;
    if (call === undefined || this.#timer !== undefined || !Number.isFinite(this.#callerTimeoutMs)) return;
    const leftMs = call.startedAt + this.#callerTimeoutMs - this.pipeline.clock.monotonic();
    // Node fires at once what is to fire later than that; no connection lives so long.
    this.#timer = setTimeout(() => this.expire(), Math.min(Math.max(leftMs, 1), MAX_TIMER_MS)).unref();
  }

  #removeFromQueue(): void {
    if (this.#deadlineEntry !== undefined) this.pipeline.deadlines.remove(this.#deadlineEntry);
    this.#deadlineEntry = undefined;
  }

  get #isWritable(): boolean {
    const { stream } = this;
    return !stream.destroyed && !stream.closed;
  }

  #onData(chunk: Buffer): void {
    if (this.isOver) return;
    try {
      this.#reader?.push(chunk, this);
    } catch (error) {
      this.fail(error);
    }
  }

  #onRequestEnd(): void {
    const isMidMessage = this.#reader?.isMidMessage === true;
    this.#reader = undefined;
    if (isMidMessage) throw decodeFailure();
    this.onHalfClose();
  }

  #sendHeaders(): void {
    if (this.#hasHeaders) return;
    this.#hasHeaders = true;
    const { stream } = this;
    stream.on('wantTrailers', () => {
      if (!this.#isWritable) return;
      stream.sendTrailers(statusTrailers(this.#status, this.#status === OK ? undefined : this.call?.requestId));
      this.#stopReading();
    });
    stream.respond(answerHeaders(this.call?.requestId ?? ''), WAIT_FOR_TRAILERS);
  }

  /**
   * Who goes on sending after the answer is asked to stop when the time of a call is over: the stream would stay open
   * for ever.
   */
  #stopReading(): void {
    const { stream } = this;
    if (stream.readableEnded || stream.endAfterHeaders) return;
    const { clock, deadlines } = this.pipeline;
    const reader = { expire: () => stream.close(constants.NGHTTP2_NO_ERROR) };
    this.#deadlineEntry ??= deadlines.add(reader, clock.monotonic());
  }

  /** The stream is closed: we were done, or the caller went away. */
  #onClose(): void {
    // Node may keep a closed stream until a full collection; without its listeners it keeps nothing of the call.
    this.stream.removeAllListeners();
    this.#removeFromQueue();
    if (this.isOver || this.call === undefined) return;
    const isLate = this.pipeline.clock.monotonic() >= this.call.deadline;
    this.call.end(!isLate);
    this.#finish(isLate ? DEADLINE_EXCEEDED : CANCELLED);
  }

  #finish(status: CallStatus): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#removeFromQueue();
    clearTimeout(this.#timer);
    this.onEnd(status);
    if (this.call === undefined || !this.policy.isLogged) return;
    this.pipeline.logCall(this.policy.path, this.call, status, this.pipeline.clock.monotonic() - this.call.startedAt);
  }
}

function ignore(): void {}
