import type { IncomingHttpHeaders } from 'node:http2';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import type { Peer, Source, SourceAddresses } from '../../transport/limits/source-address';
import { describeNoBearer, readBearer } from '../../transport/pipeline/bearer';
import { requestId } from '../../transport/pipeline/request-id';
import { TransportCall } from '../../transport/pipeline/transport-call';

/** The domain's view of one gRPC call. */
export class GrpcCall extends TransportCall implements Call {
  readonly requestId: string;
  readonly arrivedAt: number;
  /** By the monotonic clock. */
  readonly startedAt: number;
  /** Once the headers are gone. */
  #bearer: string | undefined = undefined;

  constructor(
    private headers: IncomingHttpHeaders,
    private readonly peer: Peer,
    private readonly sources: SourceAddresses,
    clock: Clock,
    /** From arrival to deadline. */
    readonly budgetMs: number,
  ) {
    super();
    this.requestId = requestId(this.first('x-request-id'));
    this.arrivedAt = clock.now();
    this.startedAt = clock.monotonic();
    // At once: later, another connection may have come from the same port.
    if (sources.knowsClients) void this.from;
  }

  get deadline(): number {
    return this.startedAt + this.budgetMs;
  }

  get clientNames(): readonly string[] | undefined {
    return this.from.clientNames;
  }

  get bearer(): string {
    return this.#bearer ?? readBearer(this.first('authorization'));
  }

  get bearerFault(): CredentialFault {
    const credential = this.first('authorization');
    return describeNoBearer(credential === '' ? [] : [credential]);
  }

  /**
   * The value of a metadata key, or empty. Of a key that came more than once what node:http2 makes of it: mostly all,
   * with commas between.
   */
  first(key: string): string {
    const value = this.headers[key];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
  }

  /** For calls that go on for long: of the headers only what is read later is kept. */
  dropHeaders(): void {
    // Before `x-forwarded-for` is gone.
    void this.from;
    // A copy: the part of a header keeps the whole header in memory.
    this.#bearer = Buffer.from(this.bearer, 'latin1').toString('latin1');
    const { traceparent, 'user-agent': userAgent } = this.headers;
    this.headers = { traceparent, 'user-agent': userAgent };
  }

  protected findSource(): Source {
    return this.sources.ofConnection(this.peer, () => this.first('x-forwarded-for'));
  }
}
