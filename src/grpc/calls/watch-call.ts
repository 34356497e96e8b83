import { performance } from 'node:perf_hooks';
import {
  status as Code,
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';
import { AuthError } from '../../auth/errors';
import type { RevocationNotice } from '../../auth/revocation/revocations';
import type { Watch } from '../../auth/revocation/watch-revocations';
import { WatchRevocationsRequest } from '../../gen/postern/auth/v1/auth_service';
import { CANCELLED, type CallStatus, DEADLINE_EXCEEDED, statusOf } from '../../transport/errors/status';
import type { Admit } from '../../transport/limits/rate-limit';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { Expiring, Leave } from '../../transport/pipeline/deadline-queue';
import { refusalMetadata, requestIdHeader } from './answer-metadata';
import { callOf, mustBeAdmitted } from './call-head';
import type { GrpcCall } from './grpc-call';
import { malformed } from './unary-call';
import { revocationBytes, type Watcher, type WatchHandler, type WatchHub } from './watch-hub';

export interface WatchRoute {
  readonly path: string;
  readonly handle: WatchHandler;
  readonly hub: WatchHub;
  readonly admit: Admit | undefined;
}

/** Streams at once; each costs a heartbeat a second. */
const MAX_WATCHERS = 5_000;
/** What may lie unsent in grpc-js's hands before the next message waits here. */
const SEND_AHEAD_BYTES = 64 * 1024;
/** News that may wait here for a slow reader before it is told to come back. */
const MAX_WAITING = 10_000;

const STOPPING: CallStatus = { code: Code.UNAVAILABLE, message: 'Server is shutting down' };

/**
 * One stream of WatchRevocations. First what is known, as fast as the reader takes it, then the news in their order; a heartbeat only
 * when nothing waits, so that its resume token is never ahead of what was sent.
 */
export class WatchCall extends ServerInterceptingCall implements Expiring, Watcher {
  readonly #startedAt = performance.now();
  readonly #waiting: Buffer[] = [];
  #call: GrpcCall | undefined = undefined;
  #leave: Leave | undefined = undefined;
  #watch: Watch | undefined = undefined;
  #known: Iterator<RevocationNotice> | undefined = undefined;
  #stopObserving: (() => void) | undefined = undefined;
  #unsentBytes = 0;
  #isOver = false;

  constructor(
    private readonly transport: ServerInterceptingCallInterface,
    private readonly route: WatchRoute,
    private readonly pipeline: CallPipeline,
  ) {
    super(transport);
  }

  override start(): void {
    this.transport.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    const call = callOf(this.transport, metadata, this.pipeline);
    this.#call = call;
    // REQUEST_TIMEOUT bounds the wait for the request, not the stream.
    this.#leave = this.pipeline.deadlines.enter(this, this.#startedAt);
    this.#orRefuse(() => {
      mustBeAdmitted(call, this.route.admit);
      this.transport.startRead();
    });
  }

  onReceiveMessage(bytes: Uint8Array): void {
    if (this.#isOver || this.#watch !== undefined) return;
    this.#orRefuse(() => this.#open(bytes));
  }

  onReceiveHalfClose(): void {
    if (this.#watch === undefined)
      this.#orRefuse(() => {
        throw malformed();
      });
  }

  onCancel(): void {
    if (!this.#isOver) this.#finish(CANCELLED);
  }

  expire(): void {
    this.#end(DEADLINE_EXCEEDED);
  }

  beat(): void {
    this.#orRefuse(() => {
      this.#watch?.check();
      const isIdle = this.#known === undefined && this.#waiting.length === 0 && this.#unsentBytes < SEND_AHEAD_BYTES;
      if (isIdle && this.#watch !== undefined) this.#send(this.route.hub.heartbeat(this.#watch));
    });
  }

  dismiss(): void {
    this.#end(STOPPING);
  }

  #open(bytes: Uint8Array): void {
    const { handle, hub } = this.route;
    if (hub.size >= MAX_WATCHERS) throw new AuthError('OVERLOADED', { retryAfterSeconds: 5 });
    const watch = handle(decode(bytes), this.#call as GrpcCall) as Watch;
    this.#settle();
    this.#watch = watch;
    this.#stopObserving = watch.observe((notice) => this.#hear(notice, watch));
    this.#known = watch.known[Symbol.iterator]();
    hub.add(this);
    this.transport.sendMetadata(requestIdHeader(this.#call?.requestId ?? ''));
    this.#pump();
  }

  #hear(notice: RevocationNotice, watch: Watch): void {
    this.#waiting.push(this.route.hub.news(notice, watch));
    if (this.#waiting.length <= MAX_WAITING) this.#pump();
    else this.#end(statusOf(new AuthError('OVERLOADED', { retryAfterSeconds: 1 })));
  }

  /** Sends as much as the reader takes. */
  #pump(): void {
    while (!this.#isOver && this.#unsentBytes < SEND_AHEAD_BYTES) {
      const next = this.#nextKnown() ?? this.#waiting.shift();
      if (next === undefined) return;
      this.#send(next);
    }
  }

  #nextKnown(): Buffer | undefined {
    const next = this.#known?.next();
    if (next === undefined) return undefined;
    if (!next.done) return revocationBytes(next.value, this.#watch?.startToken ?? '');
    this.#known = undefined;
    return undefined;
  }

  #send(bytes: Buffer): void {
    this.#unsentBytes += bytes.length;
    this.transport.sendMessage(bytes, () => {
      this.#unsentBytes -= bytes.length;
      this.#pump();
    });
  }

  #orRefuse(step: () => void): void {
    try {
      step();
    } catch (error) {
      const status = statusOf(error);
      if (status.unexpected) this.pipeline.log.error({ err: error, method: this.route.path }, 'Internal error');
      this.#end(status);
    }
  }

  #end(status: CallStatus): void {
    if (this.#isOver) return;
    const metadata = refusalMetadata(this.#call?.requestId, status);
    this.transport.sendStatus({ code: status.code, details: status.message, metadata });
    this.#finish(status);
  }

  #settle(): void {
    if (this.#leave !== undefined) this.pipeline.deadlines.leave(this.#leave);
    this.#leave = undefined;
  }

  #finish(status: CallStatus): void {
    this.#isOver = true;
    this.#waiting.length = 0;
    this.#stopObserving?.();
    this.route.hub.remove(this);
    this.#settle();
    if (this.#call === undefined) return;
    this.#call.end(true);
    this.pipeline.logCall(this.route.path, this.#call, status, performance.now() - this.#startedAt);
  }
}

function decode(bytes: Uint8Array): WatchRevocationsRequest {
  try {
    return WatchRevocationsRequest.decode(bytes);
  } catch {
    throw malformed();
  }
}
