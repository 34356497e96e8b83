import type { IncomingMessage } from 'node:http';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import type { Source } from '../../transport/limits/source-address';
import { describeNoBearer, readBearer } from '../../transport/pipeline/bearer';
import type { LoggedCall } from '../../transport/pipeline/call-log';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import { requestId } from '../../transport/pipeline/request-id';
import { TransportCall } from '../../transport/pipeline/transport-call';
import { readHeader } from './read-header';

const AUTHORIZATION = 'authorization';

/** The domain's view of one HTTP request. */
export class HttpCall extends TransportCall implements LoggedCall {
  readonly requestId: string;
  readonly arrivedAt: number;
  /** From arrival to deadline, in ms. */
  budgetMs: number;
  /** By the monotonic clock. */
  readonly startedAt: number;

  constructor(
    private readonly request: IncomingMessage,
    private readonly pipeline: CallPipeline,
  ) {
    super();
    this.requestId = requestId(this.all('x-request-id').join(', '));
    this.arrivedAt = pipeline.clock.now();
    this.startedAt = pipeline.clock.monotonic();
    this.budgetMs = pipeline.timeoutMs;
  }

  get deadline(): number {
    return this.startedAt + this.budgetMs;
  }

  get bearer(): string {
    const [credential = '', ...more] = this.authorization;
    return more.length > 0 ? '' : readBearer(credential);
  }

  get bearerFault(): CredentialFault {
    return describeNoBearer(this.authorization);
  }

  /** Every `authorization` of the request; node:http keeps but the first of them under its name. */
  get authorization(): readonly string[] {
    return this.all(AUTHORIZATION);
  }

  /** Every value of a header, each for itself; `wanted` in lower case. */
  all(wanted: string): readonly string[] {
    return readHeader(this.request.rawHeaders, wanted);
  }

  /** The value of a header, the values of one that may come more than once joined; or empty. */
  first(name: string): string {
    const value = this.request.headers[name];
    return value === undefined ? '' : String(value);
  }

  protected findSource(): Source {
    return this.pipeline.sources.of(this.request.socket.remoteAddress, () => this.first('x-forwarded-for'));
  }
}
