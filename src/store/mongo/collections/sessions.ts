import type { StoredSession } from '../../../auth/sessions/stored-sessions';
import type { Document } from './documents';
import { date, number, schema, text } from './schema';

export type SessionDocument = Document<StoredSession>;

export const sessions = schema<SessionDocument>({
  _id: text,
  userId: text,
  epoch: number,
  generation: number,
  saltHash: text,
  refreshKeyId: text,
  rotatedAt: { type: [Number], required: true },
  deviceName: String,
  userAgent: String,
  ipAddress: String,
  createdAt: date,
  lastUsedAt: date,
  expiresAt: date,
  limitAt: date,
  endedAt: Date,
  endReason: String,
})
  // Of live ones alone: what has ended must not make the owner's calls dearer.
  .index({ userId: 1, createdAt: -1, _id: -1 }, { partialFilterExpression: { endedAt: null } })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
