import type { Call } from '../call';
import type { AuditEventType } from './audit-event';
import type { Events } from './events';

interface About {
  readonly userId: string;
  readonly username?: string;
  readonly loginDigest?: string;
  readonly actorId?: string;
  readonly reason?: string;
  readonly count?: number;
}

/** An account is the longest known by its name: after it was deleted the name cannot be found by the id. */
type AboutType<Type extends AuditEventType> = Type extends `user.${string}`
  ? About & { readonly username: string }
  : About;

/** Reports an event of the account `userId` with where the call came from. */
export function recordEvent<Type extends AuditEventType>(
  events: Events,
  call: Call,
  type: Type,
  about: AboutType<Type>,
): void {
  const { userId, username = '', loginDigest = '', actorId = '', reason = '', count = 1 }: About = about;
  const { ipAddress, requestId } = call;
  events.record({ type, userId, username, loginDigest, actorId, ipAddress, requestId, reason, count });
}
