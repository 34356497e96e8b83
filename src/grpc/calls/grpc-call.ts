import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Call } from '../../auth/call';
import { CallEndedError } from '../../auth/errors';
import type { Source, SourceAddresses } from '../../transport/limits/source-address';
import type { MetadataValues } from '../../transport/pipeline/metadata-limit';
import { requestId } from '../../transport/pipeline/request-id';

const MAX_USER_AGENT = 256;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The domain's view of one grpc-js call. What costs is read from the metadata when somebody asks for it. */
export class GrpcCall implements Call {
  readonly requestId: string;
  readonly deadline: number;
  /** From arrival to deadline. */
  readonly budgetMs: number;
  /** All of its metadata, read once: to ask grpc-js for a key costs a copy and a check of its name. */
  readonly metadata: MetadataValues;
  userId: string | undefined = undefined;
  #ended: CallEndedError | undefined = undefined;
  #source: Source | undefined = undefined;
  #abort: AbortController | undefined = undefined;

  constructor(
    private readonly transport: ServerInterceptingCallInterface,
    metadata: Metadata,
    private readonly sources: SourceAddresses,
    readonly arrivedAt: number,
    timeoutMs: number,
  ) {
    this.metadata = metadata.toJSON();
    this.requestId = requestId(this.first('x-request-id'));
    this.budgetMs = Math.min(Number(transport.getDeadline()) - Date.now(), timeoutMs);
    this.deadline = arrivedAt + this.budgetMs;
    // At once: later, another connection may have come from the same port.
    if (sources.knowsClients) this.#whence();
  }

  get ipAddress(): string {
    return this.#whence().ipAddress;
  }

  get source(): string {
    return this.#whence().key;
  }

  get clientNames(): readonly string[] | undefined {
    return this.#whence().clientNames;
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

  /** The first value of a metadata key, or empty. */
  first(key: string): string {
    const value = this.metadata[key]?.[0];
    return typeof value === 'string' ? value : '';
  }

  /** The call ended before it was answered: its caller went away, or its deadline passed. */
  end(cancelled: boolean): void {
    this.#ended = new CallEndedError(cancelled);
    this.#abort?.abort(this.#ended);
  }

  #whence(): Source {
    this.#source ??= this.sources.ofConnection(this.transport.getConnectionInfo(), () =>
      (this.metadata['x-forwarded-for'] ?? []).join(','),
    );
    return this.#source;
  }
}
