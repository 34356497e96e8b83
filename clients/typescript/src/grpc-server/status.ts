import { Metadata, type status } from '@grpc/grpc-js';
import { ErrorInfo, RetryInfo } from '../gen/google/rpc/error_details';
import { Status } from '../gen/google/rpc/status';
import { REASON_STATUSES, RETRY_AFTER_SECONDS, type Reason } from '../reasons';

const ERROR_DOMAIN = 'auth.postern';

/** A refusal over gRPC as the service itself gives it: google.rpc.ErrorInfo in `grpc-status-details-bin`. */
export function buildStatus(reason: Reason): { code: status; details: string; metadata: Metadata } {
  const { code, message } = REASON_STATUSES[reason];
  const info = ErrorInfo.encode({ reason, domain: ERROR_DOMAIN, metadata: {} }).finish();
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(info) }];
  if (reason === 'UNAVAILABLE') {
    const retry = RetryInfo.encode({ retryDelay: { seconds: RETRY_AFTER_SECONDS, nanos: 0 } }).finish();
    details.push({ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from(retry) });
  }
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message, details }).finish()));
  return { code, details: message, metadata };
}
