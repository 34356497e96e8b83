import type { Clock } from '../../auth/clock';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import type { HandledCall } from '../../transport/methods/method';
import type { GrpcCall } from './grpc-call';

/** Some messages of a stream as a call of their own, which arrives when they are taken up and has its own deadline. */
export class BatchCall implements HandledCall {
  readonly arrivedAt: number;
  readonly deadline: number;

  constructor(
    private readonly stream: GrpcCall,
    clock: Clock,
    /** From now to the deadline. */
    budgetMs: number,
  ) {
    this.arrivedAt = clock.now();
    this.deadline = clock.monotonic() + budgetMs;
  }

  get requestId(): string {
    return this.stream.requestId;
  }

  get ipAddress(): string {
    return this.stream.ipAddress;
  }

  get source(): string {
    return this.stream.source;
  }

  get clientNames(): readonly string[] | undefined {
    return this.stream.clientNames;
  }

  get userAgent(): string {
    return this.stream.userAgent;
  }

  get bearer(): string {
    return this.stream.bearer;
  }

  get bearerFault(): CredentialFault {
    return this.stream.bearerFault;
  }

  get cancelled(): boolean {
    return this.stream.cancelled;
  }

  get signal(): AbortSignal {
    return this.stream.signal;
  }

  get userId(): string | undefined {
    return this.stream.userId;
  }

  set userId(userId: string | undefined) {
    this.stream.userId = userId;
  }
}
