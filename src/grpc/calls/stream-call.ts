import type { ServerHttp2Stream } from 'node:http2';
import { AuthError } from '../../auth/errors';
import { BatchSize } from '../../auth/import/batch-size';
import { OK, STOPPING } from '../../transport/errors/status';
import { decodeRequest } from '../../transport/methods/decode-request';
import type { StreamMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import { frameMessage } from '../../transport/wire/message-reader';
import { BatchCall } from './batch-call';
import type { GrpcCall } from './grpc-call';
import type { CallPolicy } from './incoming-call';
import { ServerCall } from './server-call';

/** Open streams of one method at once; each may hold RECEIVE_AHEAD_BYTES. */
const MAX_STREAMS = 100;
/** What may lie unsent in the hands of node:http2 before the next batch is taken up. */
const SEND_AHEAD_BYTES = 64 * 1024;
/**
 * What may wait here to be taken up before the caller is held back: a batch or two. What waits is young, and each
 * scavenge of the garbage collector copies it while every call waits.
 */
const RECEIVE_AHEAD_BYTES = 32 * 1024;

/**
 * One stream of messages in both directions: each is answered by one, in their order. What has come is handed to the
 * method in batches, one at a time, and no faster than the caller reads the answers. REQUEST_TIMEOUT bounds the wait
 * for the first message and then each batch; the stream has only the caller's own deadline.
 */
export class StreamCall extends ServerCall {
  readonly #waiting: { readonly request: unknown; readonly bytes: number }[] = [];
  readonly #batchSize: BatchSize;
  #waitingBytes = 0;
  #unsentBytes = 0;
  #hasBegun = false;
  #isBusy = false;
  #isPausing = false;
  #isHalfClosed = false;
  #isDraining = false;

  constructor(
    stream: ServerHttp2Stream,
    policy: CallPolicy,
    pipeline: CallPipeline,
    private readonly method: StreamMethod,
    /** The open streams of the method. */
    private readonly open: Set<StreamCall>,
  ) {
    super(stream, policy, pipeline);
    this.#batchSize = new BatchSize(method.batch);
  }

  override onMessage(message: Buffer): void {
    if (this.isOver) return;
    this.#enter();
    this.#waiting.push({ request: decodeRequest(this.method, message), bytes: message.length });
    this.#waitingBytes += message.length;
    if (this.#waitingBytes > RECEIVE_AHEAD_BYTES) this.stream.pause();
    this.#pump();
  }

  protected override onHalfClose(): void {
    this.#isHalfClosed = true;
    this.#pump();
  }

  protected override onEnd(): void {
    this.open.delete(this);
    this.#waiting.length = 0;
    this.call?.end(true);
    // A stream that is not read does not come to its end.
    this.stream.resume();
  }

  /** The service stops: what is taken up is answered still. */
  drain(): void {
    this.#isDraining = true;
    this.#pump();
  }

  #enter(): void {
    if (this.open.has(this)) return;
    if (this.open.size >= MAX_STREAMS) throw new AuthError('OVERLOADED', { retryAfterSeconds: 5 });
    this.open.add(this);
    this.liftTimeout();
  }

  /** Takes up the next batch, when there is one and the one before is done. */
  #pump(): void {
    if (this.isOver || this.#isBusy || this.#unsentBytes >= SEND_AHEAD_BYTES) return;
    if (this.#isDraining) this.end(STOPPING);
    // A stream without a message is a call too, and needs the same rights.
    else if (this.#waiting.length > 0 || (this.#isHalfClosed && !this.#hasBegun)) {
      if (!this.#isPausing) this.#take();
    } else if (this.#isHalfClosed) {
      this.sendHeaders();
      this.end(OK);
    }
  }

  #take(): void {
    this.#hasBegun = true;
    this.#isBusy = true;
    const batch = this.#waiting.splice(0, this.#batchSize.rows);
    for (const { bytes } of batch) this.#waitingBytes -= bytes;
    if (this.#waitingBytes <= RECEIVE_AHEAD_BYTES) this.stream.resume();
    const { clock, timeoutMs } = this.pipeline;
    const startedAt = clock.monotonic();
    const call = new BatchCall(this.call as GrpcCall, clock, timeoutMs);
    const requests = batch.map(({ request }) => request);
    this.method.handle(requests, call).then(
      (answers) => {
        const tookMs = clock.monotonic() - startedAt;
        this.#batchSize.adapt(tookMs);
        this.#isBusy = false;
        this.#pause(this.method.pauseAfter(tookMs));
        this.attempt(() => this.#answer(answers));
      },
      (error: unknown) => this.fail(error),
    );
  }

  #pause(ms: number): void {
    if (ms <= 0) return;
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      this.attempt(() => this.#pump());
    }, ms);
  }

  #answer(answers: readonly unknown[]): void {
    if (this.isOver) return;
    if (answers.length > 0) {
      // Each write costs more than the answers of a batch together.
      const framed = Buffer.concat(answers.map((answer) => frameMessage(this.method.encode(answer))));
      this.#unsentBytes += framed.length;
      this.sendFramed(framed, () => {
        this.#unsentBytes -= framed.length;
        this.#pump();
      });
    }
    this.#pump();
  }
}
