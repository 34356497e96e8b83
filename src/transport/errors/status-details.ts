import type { AuthError } from '../../auth/errors';
import type { Any } from '../../gen/google/protobuf/any';
import { BadRequest, ErrorInfo, type MessageFns, RetryInfo } from '../../gen/google/rpc/error_details';
import { Status } from '../../gen/google/rpc/status';
import { Code } from './code';

const ERROR_DOMAIN = 'auth.postern';

/** When a refusal that asks for patience does not say how much. */
const DEFAULT_RETRY_SECONDS = 1;

/** When a refusal of this code may be tried again, in seconds; undefined where waiting does not help. */
export function retryDelaySeconds(error: AuthError, code: Code): number | undefined {
  const asksForPatience = code === Code.RESOURCE_EXHAUSTED || code === Code.UNAVAILABLE;
  return asksForPatience ? (error.retryAfterSeconds ?? DEFAULT_RETRY_SECONDS) : undefined;
}

/** Refusals that look alike, by their reason and delay. */
const encodings = new Map<string, Buffer>();
/** Delays of limits come in tenths of a second; what is beyond this is encoded each time. */
const MAX_ENCODINGS = 1000;

/** The encoded google.rpc.Status of a refusal (AIP-193): ErrorInfo; BadRequest or RetryInfo where they belong. */
export function reasonDetails(error: AuthError, code: Code, message: string): Buffer {
  if (error.violations.length > 0) return encodeDetails(error, code, message);
  const key = error.retryAfterSeconds === undefined ? error.reason : `${error.reason} ${error.retryAfterSeconds}`;
  const known = encodings.get(key);
  if (known !== undefined) return known;
  const encoded = encodeDetails(error, code, message);
  if (encodings.size < MAX_ENCODINGS) encodings.set(key, encoded);
  return encoded;
}

function encodeDetails(error: AuthError, code: Code, message: string): Buffer {
  const { reason, violations } = error;
  const retryAfter = retryDelaySeconds(error, code);
  const details = [any('google.rpc.ErrorInfo', ErrorInfo, { reason, domain: ERROR_DOMAIN, metadata: {} })];
  if (code === Code.INVALID_ARGUMENT) {
    details.push(any('google.rpc.BadRequest', BadRequest, { fieldViolations: [...violations] }));
  }
  if (retryAfter !== undefined) {
    details.push(any('google.rpc.RetryInfo', RetryInfo, { retryDelay: duration(retryAfter) }));
  }
  return Buffer.from(Status.encode({ code, message, details }).finish());
}

function any<T>(type: string, codec: MessageFns<T>, message: T): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(codec.encode(message).finish()) };
}

function duration(seconds: number): { seconds: number; nanos: number } {
  const whole = Math.floor(seconds);
  return { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) };
}
