import type { Clock } from '../clock';
import { createInternalCall } from '../internal-call';
import type { MailOutbox } from './mail-outbox';

/** A scrape of the metrics waits for this. */
const TIMEOUT_MS = 2_000;

/** How many mails wait, and how long the oldest of them has. @throws AuthError STORE_UNAVAILABLE */
export async function readMailBacklog(
  outbox: Pick<MailOutbox, 'backlog'>,
  clock: Clock,
): Promise<{ readonly waiting: number; readonly oldestMs: number }> {
  const { waiting, oldest } = await outbox.backlog(createInternalCall(clock, TIMEOUT_MS, 'metrics'));
  return { waiting, oldestMs: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.getTime()) };
}
