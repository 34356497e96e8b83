import type { PasswordHasher, Verification } from '../accounts/password-hasher';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, createCleanupCall } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { LoginFailures, LoginLimits } from './login-failures';

export interface ProvePasswordDeps {
  readonly hasher: PasswordHasher;
  readonly loginFailures: LoginFailures;
  readonly loginLimits: LoginLimits;
  readonly events: Events;
  readonly clock: Clock;
}

/** Who tries to log in: a user, or with an empty id a name that no account has. */
export interface LoginSubject {
  readonly userId: string;
  readonly username: string;
  /** Of that name; empty of a user. */
  readonly loginDigest: string;
}

export interface PasswordAttempt {
  /** What failures are counted by: the user's id, or the name that was tried. */
  readonly account: string;
  /** Whose password it is to be, for the audit trail. */
  readonly subject: LoginSubject;
  /** Undefined or empty: no password matches, after the same time. */
  readonly passwordHash: string | undefined;
  readonly password: string;
}

/**
 * Verifies a password under the limits on failures. The try is counted before the password is looked at, so that
 * parallel guesses cannot pass the limit, and after a ticket of the hash queue is reserved, so that a flood of
 * calls that are refused costs the store nothing. The caller reports a success with `LoginFailures.succeed`.
 *
 * @throws AuthError RATE_LIMITED before any hashing; OVERLOADED
 */
export async function provePassword(
  deps: ProvePasswordDeps,
  attempt: PasswordAttempt,
  call: Call,
): Promise<Verification> {
  const { account, subject, passwordHash, password } = attempt;
  const at = deps.clock.now();
  const ticket = deps.hasher.reserve(call);
  try {
    const retryAfterSeconds = await deps.loginFailures.reserve(account, call.source, deps.loginLimits, at, call);
    if (retryAfterSeconds !== undefined) {
      recordEvent(deps.events, call, 'login.rate_limited', { ...subject, reason: 'too_many_failures' });
      throw new AuthError('RATE_LIMITED', { retryAfterSeconds });
    }
  } catch (error) {
    ticket.release();
    throw error;
  }
  try {
    return await ticket.verify(passwordHash || undefined, password);
  } catch (error) {
    // A reservation that cannot be taken back counts as a failure; the caller still hears why nothing was hashed.
    const cleanup = createCleanupCall(call, deps.clock);
    await deps.loginFailures.release(account, call.source, at, cleanup).catch(() => {});
    throw error;
  }
}
