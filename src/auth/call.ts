import type { Clock } from './clock';
import { CallEndedError } from './errors';
import type { CredentialFault } from './tokens/credential-fault';

/** What a use case knows of the call it serves, whatever transport brought it. */
export interface Call {
  /** From `x-request-id`, or made. At most 128 printable ASCII characters. */
  readonly requestId: string;
  /** The caller's address, taken from `x-forwarded-for` only when a trusted proxy says so. */
  readonly ipAddress: string;
  /**
   * What limits count by: `san:` and the name in the verified client certificate, else the address, an IPv6 one by its
   * /64.
   */
  readonly source: string;
  /**
   * The names in the client certificate of mutual TLS, verified; the caller's own, never those of a proxy that passes a
   * call on.
   */
  readonly clientNames?: readonly string[] | undefined;
  /** Printable, at most 256 characters; may be empty. */
  readonly userAgent: string;
  /** The access token of `authorization: Bearer`; empty when there is none. */
  readonly bearer: string;
  /** Why `bearer` is empty; for the log. */
  readonly bearerFault?: CredentialFault | undefined;
  /** When the call reached this process, in ms since the epoch. */
  readonly arrivedAt: number;
  /** When the call must have been answered, by `Clock.monotonic`; always finite. */
  readonly deadline: number;
  /** Whether the caller has gone away. */
  readonly cancelled: boolean;
  /** Aborted when the caller goes away or the deadline passes. Made when first asked for. */
  readonly signal: AbortSignal;
  /** The call after which this one tidies up. */
  readonly cleansUpAfter?: Call | undefined;
}

/**
 * Call right before anything is changed or costs much: a call that was cancelled or whose deadline has passed changes
 * nothing.
 *
 * @throws CallEndedError
 */
export function throwIfEnded(call: Call, clock: Clock): void {
  if (call.cancelled) throw new CallEndedError(true);
  if (clock.monotonic() >= call.deadline) throw new CallEndedError(false);
}

/** How long tidying up after a call may take, in ms. */
const CLEANUP_TIMEOUT_MS = 1_000;

/** A call for undoing what one that may have ended had begun, in a time of its own. */
export function createCleanupCall(call: Call, clock: Clock): Call {
  return new CleanupCall(call, clock.monotonic() + CLEANUP_TIMEOUT_MS);
}

/** An AbortSignal is made only when it is read: most cleanup calls are answered without it. */
class CleanupCall implements Call {
  readonly userAgent = '';
  readonly bearer = '';
  readonly cancelled = false;
  #signal: AbortSignal | undefined = undefined;

  constructor(
    readonly cleansUpAfter: Call,
    readonly deadline: number,
  ) {}

  get requestId(): string {
    return this.cleansUpAfter.requestId;
  }

  get ipAddress(): string {
    return this.cleansUpAfter.ipAddress;
  }

  get source(): string {
    return this.cleansUpAfter.source;
  }

  get arrivedAt(): number {
    return this.cleansUpAfter.arrivedAt;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }
}

/** The longest time that a timer of the runtime takes; one of a longer time would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
