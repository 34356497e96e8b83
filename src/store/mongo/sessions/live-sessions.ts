import { trusted } from 'mongoose';

/** The condition that a session is neither ended nor past its time. */
export function liveAt(now: Date) {
  return { endedAt: null, expiresAt: trusted({ $gt: now }) };
}
