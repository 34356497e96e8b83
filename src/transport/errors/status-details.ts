import type { AuthError } from '../../auth/errors';
import type { Any } from '../../gen/google/protobuf/any';
import { BadRequest, ErrorInfo, type MessageFns, RetryInfo } from '../../gen/google/rpc/error_details';
import { Status } from '../../gen/google/rpc/status';
import { Code } from './code';

export const ERROR_DOMAIN = 'auth.postern';

/** When a refusal that asks for patience does not say how much. */
const DEFAULT_RETRY_SECONDS = 1;

/** When a refusal of this code may be tried again, in seconds; undefined where waiting does not help. */
export function retryDelaySeconds(error: AuthError, code: Code): number | undefined {
  const asksForPatience = code === Code.RESOURCE_EXHAUSTED || code === Code.UNAVAILABLE;
  return asksForPatience ? (error.retryAfterSeconds ?? DEFAULT_RETRY_SECONDS) : undefined;
}

/** Refusals that look alike every time; at most one per reason. */
const constant = new Map<string, Buffer>();

/** The encoded google.rpc.Status of a refusal (AIP-193): ErrorInfo; BadRequest or RetryInfo where they belong. */
export function reasonDetails(error: AuthError, code: Code, message: string): Buffer {
  const varies = error.violations.length > 0 || error.retryAfterSeconds !== undefined;
  if (varies) return encodeDetails(error, code, message);
  let encoded = constant.get(error.reason);
  if (encoded === undefined) {
    encoded = encodeDetails(error, code, message);
    constant.set(error.reason, encoded);
  }
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
