import type { Call } from '../call';
import type { AuditEventType } from './audit-event';
import type { Events } from './events';

/** Reports an event of the account `userId` with where the call came from. */
export function recordEvent(
  events: Events,
  call: Call,
  type: AuditEventType,
  about: { readonly userId: string; readonly actorId?: string; readonly reason?: string },
): void {
  events.record({
    type,
    userId: about.userId,
    actorId: about.actorId ?? '',
    ipAddress: call.ipAddress,
    requestId: call.requestId,
    reason: about.reason ?? '',
  });
}
