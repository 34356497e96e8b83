import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Clock } from '../auth/clock';
import { limitMetadata } from './interceptors/metadata-limit';
import type { Admit } from './interceptors/rate-limit';
import { RpcCall } from './rpc-call';
import type { SourceAddresses } from './source-address';

/** Of the chain, what a call needs to begin. */
interface Surroundings {
  readonly clock: Clock;
  readonly sources: SourceAddresses;
  /** From the headers to the answer. */
  readonly timeoutMs: number;
}

/** The call that these headers begin, whatever it is for. */
export function callOf(transport: ServerInterceptingCallInterface, metadata: Metadata, of: Surroundings): RpcCall {
  const { clock, sources, timeoutMs } = of;
  return new RpcCall(transport, metadata, sources, clock.now(), timeoutMs);
}

/** Holds a call to the limits that are known from its headers. @throws TransportLimitError; AuthError RATE_LIMITED */
export function mustBeAdmitted(call: RpcCall, admit: Admit | undefined): void {
  limitMetadata(call.metadata);
  admit?.(call);
}
