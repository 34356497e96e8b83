import type { Logger } from 'pino';
import type { Events } from '../../auth/audit/events';
import { recordEvent } from '../../auth/audit/record-event';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { AuthError } from '../../auth/errors';
import { AuthServiceService } from '../../gen/postern/auth/v1/auth_service';
import type { LoggedCall } from '../pipeline/call-log';
import { type Rate, SourceLimiter } from './source-limiter';

/** Calls per source; 0 is off. */
export interface CallLimits {
  /** All RPCs. */
  readonly perSecond: number;
  /** Of all RPCs at once; 0: as many as `perSecond`. */
  readonly burst: number;
  readonly loginPerMinute: number;
  readonly registerPerMinute: number;
}

export interface RateLimitDeps {
  readonly limits: CallLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Events;
}

/** Counts a call against its limits. @throws AuthError RATE_LIMITED */
export type CheckRateLimit = (call: LoggedCall) => void;

/**
 * At most one audit event and one log line per source in this time: a flood of refusals must not become a flood of
 * writes.
 */
const ANNOUNCE_EVERY: Rate = { burst: 1, intervalMs: 10_000 };
/** Sources for which the log mentions TRUSTED_PROXIES; after so many, another line says nothing new. */
const MAX_ADVISED = 1_000;

/** Makes the limit of each method, once, at the start. Undefined: nothing limits this method. */
export function rateLimits(deps: RateLimitDeps): (path: string) => CheckRateLimit | undefined {
  const { perSecond, burst, loginPerMinute, registerPerMinute } = deps.limits;
  const all = limiter(deps, perSecond, 1_000, burst);
  const refused = refusals(deps);
  const passwordProofs = limiter(deps, loginPerMinute, 60_000);
  const own = new Map<string, SourceLimiter | undefined>([
    [AuthServiceService.login.path, limiter(deps, loginPerMinute, 60_000)],
    // Any user can prove a password, the own one, and each call is a hash or two that logins wait for.
    [AuthServiceService.changePassword.path, passwordProofs],
    [AuthServiceService.requestEmailChange.path, passwordProofs],
    [AuthServiceService.register.path, limiter(deps, registerPerMinute, 60_000)],
    // Each is a mail that waits in the store, for any user.
    [AuthServiceService.requestPasswordReset.path, limiter(deps, registerPerMinute, 60_000)],
    [AuthServiceService.requestEmailVerification.path, limiter(deps, registerPerMinute, 60_000)],
  ]);
  return (path) => {
    const limiters = [all, own.get(path)].filter((one) => one !== undefined);
    if (limiters.length === 0) return undefined;
    const isLogin = path === AuthServiceService.login.path;
    return (call) => {
      for (const one of limiters) {
        const waitMs = one.take(call.source);
        if (waitMs > 0) throw refused(call, waitMs, isLogin);
      }
    };
  };
}

function limiter(deps: RateLimitDeps, calls: number, perMs: number, burst = 0): SourceLimiter | undefined {
  if (calls === 0) return undefined;
  return new SourceLimiter({ burst: Math.max(1, burst || calls), intervalMs: perMs / calls }, deps.clock);
}

function refusals(deps: RateLimitDeps): (call: Call, waitMs: number, isLogin: boolean) => AuthError {
  const announced = new SourceLimiter(ANNOUNCE_EVERY, deps.clock);
  const advised = new Set<string>();
  return (call, waitMs, isLogin) => {
    if (isLogin && announced.take(call.source) === 0) {
      recordEvent(deps.events, call, 'login.rate_limited', { userId: '', reason: 'too_many_calls' });
    }
    if (!advised.has(call.source) && advised.size < MAX_ADVISED) {
      advised.add(call.source);
      deps.log.warn(
        { source: call.source },
        'A source has met its limit. If it is a gateway, list it in TRUSTED_PROXIES and let it pass x-forwarded-for',
      );
    }
    // Rounded up to a tenth, so that a caller who waits exactly that long is admitted.
    return new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 100 + 0.01) / 10 });
  };
}
