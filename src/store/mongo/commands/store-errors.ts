import { mongo } from 'mongoose';
import { AuthError, CallEndedError } from '../../../auth/errors';

const DUPLICATE_KEY = 11000;
const AUTHENTICATION_FAILED = 18;
const UNAUTHORIZED = 13;

/** Server errors that say nothing about the request: another try, perhaps at another server, may succeed. */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // CannotSatisfyWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  234, // RetryChangeStream
  237, // CursorKilled
  262, // ExceededTimeLimit
  462, // IngressRequestRateLimitExceeded
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13388, // StaleConfig
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
  AUTHENTICATION_FAILED,
  UNAUTHORIZED,
]);

/** The call's time was over before the server had answered. */
export class OperationTimeoutError extends Error {
  override readonly name = 'OperationTimeoutError';

  constructor() {
    super('MongoDB did not answer in time');
  }
}

/** What a caller of the store gets for what the driver threw; what is no outage comes back as it is. */
export function translate(thrown: unknown): unknown {
  const error = unwrapped(thrown);
  if (error instanceof AuthError || error instanceof CallEndedError) return error;
  if (!isOutage(error)) return error;
  return new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1, cause: error });
}

/** What went wrong on the way of several writes at once, the driver throws as if the server had refused one of them. */
function unwrapped(error: unknown): unknown {
  if (!(error instanceof mongo.MongoBulkWriteError)) return error;
  const within: unknown = error.errorResponse;
  return within instanceof Error ? within : error;
}

function isOutage(error: unknown): boolean {
  if (error instanceof OperationTimeoutError) return true;
  if (!(error instanceof mongo.MongoError))
    return isSystemError(error) || readErrorName(error) === 'MongooseServerSelectionError';
  if (error instanceof mongo.MongoNotConnectedError || error instanceof mongo.MongoTopologyClosedError) return true;
  // Everything else that is not the server's verdict on the request arose on the way to it, or is a wrong use of the
  // driver.
  if (!(error instanceof mongo.MongoServerError)) return !(error instanceof mongo.MongoAPIError);
  const { code } = error;
  return (
    (typeof code === 'number' && TRANSIENT_CODES.has(code)) ||
    error.hasErrorLabel('RetryableWriteError') ||
    error.hasErrorLabel('TransientTransactionError')
  );
}

/** Whether a socket failed under the driver, for example with EPIPE. */
export function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}

export function readErrorName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** The first field of the unique index that a write ran into; undefined when it failed otherwise. */
export function duplicateKeyField(error: unknown): string | undefined {
  if (!(error instanceof mongo.MongoServerError) || error.code !== DUPLICATE_KEY) return undefined;
  return Object.keys(error.keyPattern ?? { unknown: 1 })[0];
}

/** Whether nothing of an unordered write failed but for what was there already. */
export function isOnlyRepetition(error: unknown): boolean {
  if (!(error instanceof mongo.MongoBulkWriteError) || error.code !== DUPLICATE_KEY) return false;
  const failed = [error.writeErrors].flat();
  return (
    failed.length > 0 &&
    failed.every(({ code }) => code === DUPLICATE_KEY) &&
    error.result.getWriteConcernError() === undefined
  );
}
