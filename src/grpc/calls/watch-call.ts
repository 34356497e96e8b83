import type { ServerHttp2Stream } from 'node:http2';
import { AuthError } from '../../auth/errors';
import type { RevocationEvent } from '../../auth/revocation/revocations';
import type { Watch, WatchEvent } from '../../auth/revocation/watch-revocations';
import { WatchRevocationsRequest } from '../../gen/postern/auth/v1/auth_service';
import { STOPPING, toStatus } from '../../transport/errors/status';
import { decodeFailure } from '../../transport/methods/decode-request';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { GrpcCall } from './grpc-call';
import type { CallPolicy } from './incoming-call';
import { ServerCall } from './server-call';
import { eventBytes, type Watcher, type WatchHandler, type WatchHub } from './watch-hub';

/** What all calls of WatchRevocations share. */
export interface Watching {
  readonly handle: WatchHandler;
  readonly hub: WatchHub;
}

/** Streams at once; each costs a heartbeat a second. */
const MAX_WATCHERS = 5_000;
/** Notices that may wait here for a slow reader before its stream is ended. */
const MAX_WAITING = 10_000;

/**
 * One stream of WatchRevocations. First what is known, as fast as the reader takes it, then the news in their order; a
 * heartbeat only when nothing waits, so that its resume token is never ahead of what was sent.
 */
export class WatchCall extends ServerCall implements Watcher {
  readonly #queue: Buffer[] = [];
  #watch: Watch | undefined = undefined;
  #known: Iterator<WatchEvent> | undefined = undefined;
  #stopObserving: (() => void) | undefined = undefined;
  /** Whether the request has come. */
  #isAsked = false;
  #isScheduled = false;

  constructor(
    stream: ServerHttp2Stream,
    policy: CallPolicy,
    pipeline: CallPipeline,
    private readonly watching: Watching,
  ) {
    super(stream, policy, pipeline);
  }

  override onMessage(message: Buffer): void {
    if (this.isOver || this.#isAsked) return;
    this.#isAsked = true;
    const { handle, hub } = this.watching;
    if (hub.size >= MAX_WATCHERS) throw new AuthError('OVERLOADED', { retryAfterSeconds: 5 });
    const call = this.call as GrpcCall;
    Promise.resolve(handle(decode(message), call)).then(
      (watch) => this.attempt(() => this.#begin(watch, call)),
      (error: unknown) =>
        this.attempt(() => {
          throw error;
        }),
    );
  }

  #begin(watch: Watch, call: GrpcCall): void {
    if (this.isOver) return;
    const { hub } = this.watching;
    call.userId = watch.userId;
    // REQUEST_TIMEOUT bounds the wait for the request, not the stream.
    this.liftTimeout();
    call.dropHeaders();
    this.#watch = watch;
    this.#stopObserving = watch.observe((event) => this.#onEvent(event, watch));
    this.#known = watch.known[Symbol.iterator]();
    hub.add(this);
    this.stream.on('drain', () => this.flush());
    this.sendHeaders();
    this.flush();
  }

  protected override onHalfClose(): void {
    if (!this.#isAsked) throw decodeFailure();
  }

  sendHeartbeat(): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    try {
      watch.check();
      const isIdle = this.#known === undefined && this.#queue.length === 0 && this.#takesMore;
      if (isIdle) this.sendFramed(this.watching.hub.heartbeat(watch));
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    this.end(STOPPING);
  }

  protected override onEnd(): void {
    this.#queue.length = 0;
    this.#stopObserving?.();
    this.watching.hub.remove(this);
    this.call?.end(true);
  }

  #onEvent(event: RevocationEvent, watch: Watch): void {
    const { hub } = this.watching;
    this.#queue.push(hub.encodedEvent(event, watch));
    if (this.#queue.length > MAX_WAITING) this.end(toStatus(new AuthError('OVERLOADED', { retryAfterSeconds: 1 })));
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      hub.schedule(this);
    }
  }

  /** Sends as much as the reader takes; the rest when it has taken that. */
  flush(): void {
    this.#isScheduled = false;
    try {
      while (!this.isOver && this.#takesMore) {
        const next = this.#nextKnown() ?? this.#queue.shift();
        if (next === undefined) return;
        this.sendFramed(next);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whether what lies unsent in the hands of node:http2 is less than it wants to hold. */
  get #takesMore(): boolean {
    return !this.stream.writableNeedDrain;
  }

  #nextKnown(): Buffer | undefined {
    const next = this.#known?.next();
    if (next === undefined) return undefined;
    if (!next.done) return eventBytes(next.value, this.#watch?.startToken ?? '');
    this.#known = undefined;
    return undefined;
  }
}

function decode(bytes: Uint8Array): WatchRevocationsRequest {
  try {
    return WatchRevocationsRequest.decode(bytes);
  } catch {
    throw decodeFailure();
  }
}
