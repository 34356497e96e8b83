import type { IncomingHttpHeaders } from 'node:http2';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { CallEndedError } from '../../auth/errors';
import type { Peer, Source, SourceAddresses } from '../../transport/limits/source-address';
import { requestId } from '../../transport/pipeline/request-id';

const MAX_USER_AGENT = 256;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The domain's view of one gRPC call. What costs is read from the headers only when it is asked for. */
export class GrpcCall implements Call {
  readonly requestId: string;
  readonly arrivedAt: number;
  readonly deadline: number;
  userId: string | undefined = undefined;
  #ended: CallEndedError | undefined = undefined;
  #source: Source | undefined = undefined;
  #abort: AbortController | undefined = undefined;

  constructor(
    private readonly headers: IncomingHttpHeaders,
    private readonly peer: Peer,
    private readonly sources: SourceAddresses,
    clock: Clock,
    /** From arrival to deadline. */
    readonly budgetMs: number,
  ) {
    this.requestId = requestId(this.first('x-request-id'));
    this.arrivedAt = clock.now();
    this.deadline = clock.monotonic() + budgetMs;
    // At once: later, another connection may have come from the same port.
    if (sources.knowsClients) this.#findSource();
  }

  get ipAddress(): string {
    return this.#findSource().ipAddress;
  }

  get source(): string {
    return this.#findSource().key;
  }

  get clientNames(): readonly string[] | undefined {
    return this.#findSource().clientNames;
  }

  get userAgent(): string {
    return this.first('user-agent').replace(UNPRINTABLE, '').slice(0, MAX_USER_AGENT);
  }

  get bearer(): string {
    const credential = this.first('authorization');
    return credential.slice(0, 7).toLowerCase() === 'bearer ' ? credential.slice(7).trim() : '';
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

  /**
   * The value of a metadata key, or empty. Of a key that came more than once what node:http2 makes of it: mostly all,
   * with commas between.
   */
  first(key: string): string {
    const value = this.headers[key];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
  }

  /** The call ended before it was answered: its caller went away, or its deadline passed. */
  end(cancelled: boolean): void {
    this.#ended = new CallEndedError(cancelled);
    this.#abort?.abort(this.#ended);
  }

  #findSource(): Source {
    this.#source ??= this.sources.ofConnection(this.peer, () => this.first('x-forwarded-for'));
    return this.#source;
  }
}
