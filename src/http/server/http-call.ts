import type { IncomingMessage } from 'node:http';
import { CallEndedError, type Reason } from '../../auth/errors';
import type { LoggedCall } from '../../transport/pipeline/call-log';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import { requestId } from '../../transport/pipeline/request-id';

const MAX_USER_AGENT = 256;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The domain's view of one HTTP request. */
export class HttpCall implements LoggedCall {
  readonly requestId: string;
  readonly ipAddress: string;
  readonly source: string;
  readonly arrivedAt: number;
  userId: string | undefined = undefined;
  denied: Reason | undefined = undefined;
  #deadline: number;
  #timer: NodeJS.Timeout | undefined = undefined;
  #ended: CallEndedError | undefined = undefined;
  readonly #abort = new AbortController();
  readonly #onGone = () => this.#end(true);

  constructor(
    private readonly request: IncomingMessage,
    pipeline: CallPipeline,
  ) {
    this.requestId = requestId(this.first('x-request-id'));
    const { socket } = request;
    const source = pipeline.sources.of(socket.remoteAddress, () => this.first('x-forwarded-for'));
    this.ipAddress = source.ipAddress;
    this.source = source.key;
    this.arrivedAt = pipeline.clock.now();
    this.#deadline = this.arrivedAt + pipeline.timeoutMs;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get userAgent(): string {
    return this.first('user-agent').replace(UNPRINTABLE, '').slice(0, MAX_USER_AGENT);
  }

  get bearer(): string {
    const [credential = '', ...more] = this.request.headersDistinct.authorization ?? [];
    if (more.length > 0 || credential.slice(0, 7).toLowerCase() !== 'bearer ') return '';
    return credential.slice(7).trim();
  }

  get cancelled(): boolean {
    return this.#ended?.cancelled === true;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The value of a header, the values of one that came more than once joined; or empty. */
  first(name: string): string {
    return this.request.headersDistinct[name]?.join(',') ?? '';
  }

  /** From now on ends when the caller goes away or the deadline passes; to be closed. */
  watch(timeoutMs: number): void {
    this.request.socket.once('close', this.#onGone);
    this.endAfter(timeoutMs);
  }

  /** Brings the deadline forward to so many ms from now. */
  endAfter(ms: number): void {
    const at = this.arrivedAt + ms;
    if (this.#timer !== undefined && at >= this.#deadline) return;
    this.#deadline = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(false), ms);
  }

  /** What `work` brings, unless the call ends before. @throws CallEndedError */
  async orEnd<T>(work: Promise<T>): Promise<T> {
    let onAbort = (): void => {};
    const end = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.#ended);
      if (this.#ended !== undefined) onAbort();
      else this.signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([work, end]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.request.socket.removeListener('close', this.#onGone);
  }

  #end(cancelled: boolean): void {
    this.#ended ??= new CallEndedError(cancelled);
    this.#abort.abort(this.#ended);
  }
}
