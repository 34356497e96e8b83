import type { Call } from '../../../auth/call';
import type { MailLimit, MailLimits } from '../../../auth/outgoing-mail/mail-limits';
import type { Engine } from '../engine/engine';
import { EXPIRING, noteExpiry } from '../engine/expiries';
import { digest } from '../engine/keys';

export class EmbeddedMailLimits implements MailLimits {
  constructor(private readonly engine: Engine) {}

  take(subject: string, mailId: string, limits: readonly MailLimit[], at: number, call: Call): Promise<boolean> {
    const key = digest(subject);
    const longestMs = Math.max(...limits.map(({ windowMs }) => windowMs));
    return this.engine.write(call, (tables) => {
      const known = tables.mailCounts.get(key)?.taken ?? [];
      if (known.some(({ id }) => id === mailId)) return true;
      const counted = known.map((one) => ({ ...one, at: Math.min(one.at, at) }));
      const taken = counted.filter((one) => one.at > at - longestMs);
      const isFull = limits.some(
        ({ count, windowMs }) => taken.filter((one) => one.at > at - windowMs).length >= count,
      );
      if (isFull) {
        // Kept as of now where the clock was set back, so that a window lasts no longer than a window.
        if (known.some((one) => one.at > at)) tables.mailCounts.put(key, { taken, endsAt: at + longestMs });
        return false;
      }
      tables.mailCounts.put(key, { taken: [...taken, { id: mailId, at }], endsAt: at + longestMs });
      noteExpiry(tables, EXPIRING.mailCount, key, at + longestMs);
      return true;
    });
  }
}
