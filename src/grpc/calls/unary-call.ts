import { performance } from 'node:perf_hooks';
import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { AuthError } from '../../auth/errors';
import { CANCELLED, type CallStatus, DEADLINE_EXCEEDED, OK, statusOf } from '../../transport/errors/status';
import type { Admit } from '../../transport/limits/rate-limit';
import type { RpcMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { Expiring, Leave } from '../../transport/pipeline/deadline-queue';
import { refusalMetadata, requestIdHeader, SUCCESS } from './answer-metadata';
import { callOf, mustBeAdmitted } from './call-head';
import type { GrpcCall } from './grpc-call';

/** A method with its own part of the pipeline. */
export interface Route {
  readonly method: RpcMethod;
  readonly admit: Admit | undefined;
}

/**
 * One unary call from its headers to its trailers: the only place where grpc-js meets a handler. It stands in for grpc-js's own
 * handling, so that the limits and the deadline hold from the headers on, malformed bytes are an INVALID_ARGUMENT, every handler is
 * awaited and nothing that it throws gets out; and a call pays once for all of that.
 */
export class UnaryCall extends ServerInterceptingCall implements Expiring {
  readonly #startedAt = performance.now();
  #call: GrpcCall | undefined = undefined;
  #leave: Leave | undefined = undefined;
  #hasRequest = false;
  #isOver = false;

  constructor(
    private readonly transport: ServerInterceptingCallInterface,
    private readonly route: Route,
    private readonly pipeline: CallPipeline,
  ) {
    super(transport);
  }

  override start(): void {
    this.transport.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#call = callOf(this.transport, metadata, this.pipeline);
    this.#leave = this.pipeline.deadlines.enter(this, this.#startedAt);
    try {
      mustBeAdmitted(this.#call, this.route.admit);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.transport.startRead();
  }

  onReceiveMessage(bytes: Uint8Array): void {
    if (this.#isOver || this.#hasRequest || this.#call === undefined) return;
    this.#hasRequest = true;
    const { method } = this.route;
    try {
      const response = method.handle(decode(method, bytes), this.#call);
      if (response instanceof Promise) this.#settle(response);
      else this.#succeed(response);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A unary call without its one message. */
  onReceiveHalfClose(): void {
    if (!this.#hasRequest) this.#fail(malformed());
  }

  /** The stream is closed: we were done, the caller went away, or grpc-js ended the call by the client's own deadline. */
  onCancel(): void {
    if (this.#isOver || this.#call === undefined) return;
    const isLate = performance.now() - this.#startedAt >= this.#call.budgetMs;
    this.#call.end(!isLate);
    this.#finish(isLate ? DEADLINE_EXCEEDED : CANCELLED);
  }

  /** REQUEST_TIMEOUT has passed; whatever the handler still brings is dropped. */
  expire(): void {
    if (this.#isOver) return;
    this.#call?.end(false);
    this.#refuse(DEADLINE_EXCEEDED);
  }

  #settle(response: Promise<unknown>): void {
    response.then(
      (value) => this.#succeed(value),
      (error) => this.#fail(error),
    );
  }

  #succeed(response: unknown): void {
    if (this.#isOver) return;
    try {
      const bytes = this.route.method.encode(response);
      this.transport.sendMetadata(requestIdHeader(this.#call?.requestId ?? ''));
      this.transport.sendMessage(bytes, nothing);
      this.transport.sendStatus(SUCCESS);
      this.#finish(OK);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const status = statusOf(error);
    if (status.unexpected) {
      const { method } = this.route;
      this.pipeline.log.error({ err: error, method: method.path, request_id: this.#call?.requestId }, 'Internal error');
    }
    if (!this.#isOver) this.#refuse(status);
  }

  #refuse(status: CallStatus): void {
    const metadata = refusalMetadata(this.#call?.requestId, status);
    this.transport.sendStatus({ code: status.code, details: status.message, metadata });
    this.#finish(status);
  }

  #finish(status: CallStatus): void {
    this.#isOver = true;
    if (this.#call === undefined || this.#leave === undefined) return;
    this.pipeline.deadlines.leave(this.#leave);
    this.pipeline.logCall(this.route.method.path, this.#call, status, performance.now() - this.#startedAt);
  }
}

function decode(method: RpcMethod, bytes: Uint8Array): unknown {
  try {
    return method.decode(bytes);
  } catch {
    throw malformed();
  }
}

/** The bytes of a request are no message. */
export function malformed(): AuthError {
  const description = 'Must be one message of the type that the proto file names';
  return new AuthError('INVALID_FIELDS', { violations: [{ field: '', description }] });
}

function nothing(): void {}
