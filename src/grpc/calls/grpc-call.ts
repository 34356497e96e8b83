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
  readonly deadline: number;

  constructor(
    private readonly headers: IncomingHttpHeaders,
    private readonly peer: Peer,
    private readonly sources: SourceAddresses,
    clock: Clock,
    /** From arrival to deadline. */
    readonly budgetMs: number,
  ) {
    super();
    this.requestId = requestId(this.first('x-request-id'));
    this.arrivedAt = clock.now();
    this.deadline = clock.monotonic() + budgetMs;
    // At once: later, another connection may have come from the same port.
    if (sources.knowsClients) void this.from;
  }

  get clientNames(): readonly string[] | undefined {
    return this.from.clientNames;
  }

  get bearer(): string {
    return readBearer(this.first('authorization'));
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

  protected findSource(): Source {
    return this.sources.ofConnection(this.peer, () => this.first('x-forwarded-for'));
  }
}
