import type { IncomingMessage } from 'node:http';
import { CallEndedError, type Reason } from '../../auth/errors';
import type { Source } from '../../transport/limits/source-address';
import type { LoggedCall } from '../../transport/pipeline/call-log';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import { requestId } from '../../transport/pipeline/request-id';

const MAX_USER_AGENT = 256;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const AUTHORIZATION = 'authorization';

/** The domain's view of one HTTP request. What costs is read when somebody asks for it. */
export class HttpCall implements LoggedCall {
  readonly requestId: string;
  readonly arrivedAt: number;
  /** From arrival to deadline, in ms. */
  budgetMs: number;
  userId: string | undefined = undefined;
  denied: Reason | undefined = undefined;
  readonly #startedAt: number;
  #source: Source | undefined = undefined;
  #ended: CallEndedError | undefined = undefined;
  #abort: AbortController | undefined = undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly pipeline: CallPipeline,
  ) {
    this.requestId = requestId(this.first('x-request-id'));
    this.arrivedAt = pipeline.clock.now();
    this.#startedAt = pipeline.clock.monotonic();
    this.budgetMs = pipeline.timeoutMs;
  }

  get ipAddress(): string {
    return this.#findSource().ipAddress;
  }

  get source(): string {
    return this.#findSource().key;
  }

  get deadline(): number {
    return this.#startedAt + this.budgetMs;
  }

  get userAgent(): string {
    return this.first('user-agent').replace(UNPRINTABLE, '').slice(0, MAX_USER_AGENT);
  }

  get bearer(): string {
    const [credential = '', ...more] = this.authorization;
    if (more.length > 0 || credential.slice(0, 7).toLowerCase() !== 'bearer ') return '';
    return credential.slice(7).trim();
  }

  /** Every `authorization` of the request; node:http keeps but the first of them under its name. */
  get authorization(): readonly string[] {
    return this.all(AUTHORIZATION);
  }

  /** Every value of a header, each for itself; `wanted` in lower case. */
  all(wanted: string): readonly string[] {
    const { rawHeaders } = this.request;
    const values: string[] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      if (name.length === wanted.length && name.toLowerCase() === wanted) values.push(rawHeaders[at + 1] as string);
    }
    return values;
  }

  get cancelled(): boolean {
    return this.#ended?.cancelled === true;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined) this.#abort.abort(this.#ended);
    }
    return this.#abort.signal;
  }

  /** The value of a header, the values of one that may come more than once joined; or empty. */
  first(name: string): string {
    const value = this.request.headers[name];
    return value === undefined ? '' : String(value);
  }

  /** The call ended before it was answered: its caller went away, or its deadline passed. */
  end(cancelled: boolean): void {
    this.#ended ??= new CallEndedError(cancelled);
    this.#abort?.abort(this.#ended);
  }

  #findSource(): Source {
    this.#source ??= this.pipeline.sources.of(this.request.socket.remoteAddress, () => this.first('x-forwarded-for'));
    return this.#source;
  }
}
