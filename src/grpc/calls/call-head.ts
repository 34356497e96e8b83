import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Clock } from '../../auth/clock';
import type { Admit } from '../../transport/limits/rate-limit';
import type { SourceAddresses } from '../../transport/limits/source-address';
import { limitMetadata } from '../../transport/pipeline/metadata-limit';
import { GrpcCall } from './grpc-call';

/** Of the chain, what a call needs to begin. */
interface Surroundings {
  readonly clock: Clock;
  readonly sources: SourceAddresses;
  /** From the headers to the answer. */
  readonly timeoutMs: number;
}

/** The call that these headers begin, whatever it is for. */
export function callOf(transport: ServerInterceptingCallInterface, metadata: Metadata, of: Surroundings): GrpcCall {
  const { clock, sources, timeoutMs } = of;
  return new GrpcCall(transport, metadata, sources, clock.now(), timeoutMs);
}

/** Holds a call to the limits that are known from its headers. @throws TransportLimitError; AuthError RATE_LIMITED */
export function mustBeAdmitted(call: GrpcCall, admit: Admit | undefined): void {
  limitMetadata(call.metadata);
  admit?.(call);
}
