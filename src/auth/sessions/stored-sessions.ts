import type { Call } from '../call';

export type SessionEndReason =
  | 'logout'
  | 'revoked'
  | 'replay'
  | 'too_many_sessions'
  | 'password_changed'
  | 'user_disabled'
  | 'user_deleted'
  | 'revoked_by_admin'
  // Of API keys, whose end the feed carries as it carries that of sessions.
  | 'api_key_revoked'
  | 'api_key_rotated';

/** How many of the latest rotations a session remembers; see `StoredSession.rotatedAt`. */
export const REMEMBERED_ROTATIONS = 8;

export interface StoredSession {
  readonly id: string;
  readonly userId: string;
  /** `sessionEpoch` of the user when the session began; a session of an older epoch is void. */
  readonly epoch: number;
  /** How often the refresh token has been rotated; the live token is the one of this generation. Starts at 0. */
  readonly generation: number;
  /** Digest of the salt that all refresh tokens of the session carry; the salt itself is nowhere in the store. */
  readonly saltHash: string;
  /** Which key the live generation's token was made with, so that every replica gives the same successor. */
  readonly refreshKeyId: string;
  /** When the latest rotations happened, ms since the epoch, oldest first, at most REMEMBERED_ROTATIONS. */
  readonly rotatedAt: readonly number[];
  readonly deviceName: string;
  readonly userAgent: string;
  readonly ipAddress: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When the session ends unless it is rotated before; never beyond `limitAt`. */
  readonly expiresAt: Date;
  /** When the session ends however often it is rotated. */
  readonly limitAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: SessionEndReason | null;
}

/** What is stored of a session that its user may see, and what says whether it is void. */
export type ListedSession = Pick<
  StoredSession,
  'id' | 'epoch' | 'deviceName' | 'userAgent' | 'ipAddress' | 'createdAt' | 'lastUsedAt' | 'expiresAt'
>;

export interface ListLiveQuery {
  readonly now: Date;
  /** So many of them, and no other row is read. */
  readonly atMost?: number;
  readonly except?: ReadonlySet<string>;
}

/** Sessions of one user that have ended together, before each of their rows says so: `StoredUser.endingSessions`. */
export interface EndingSessions {
  readonly id: string;
  /** When they ended, ms since the epoch. */
  readonly at: number;
  readonly reason: SessionEndReason;
  readonly sessionIds: readonly string[];
}

export interface Rotation {
  /** The generation that the presented token has. */
  readonly from: number;
  readonly saltHash: string;
  readonly refreshKeyId: string;
  /** Now, in ms since the epoch. */
  readonly at: number;
  /** The idle limit counted from now; the store caps it at the session's `limitAt`. */
  readonly expiresAt: Date;
  readonly ipAddress: string;
}

export interface SurplusLimit {
  /** This session does not count. */
  readonly exceptId: string;
  /** How many of the others may stay. */
  readonly keep: number;
  readonly atMost: number;
}

/**
 * The sessions. Availability, deadlines and durability as for `Users`. A session is live while `endedAt` is null and
 * `expiresAt` is in the future. Expired sessions vanish by themselves some time after `expiresAt`; ended ones are kept
 * until then.
 */
export interface StoredSessions {
  insert(session: StoredSession, call: Call): Promise<void>;
  /** Ended and expired ones too, as long as they are kept. */
  find(id: string, call: Call): Promise<StoredSession | undefined>;
  /**
   * Rotates from generation `from` to the next if the session is live, has that generation and that `saltHash`: a
   * compare-and-swap, of parallel rotations of one generation exactly one wins. Sets `generation`, `refreshKeyId`,
   * `lastUsedAt`, `expiresAt` (capped at `limitAt`), `ipAddress`, and appends `at` to `rotatedAt`. Returns the session
   * after it, or undefined when the condition did not hold, or when the engine came to it only after `call.deadline`.
   */
  rotate(id: string, rotation: Rotation, call: Call): Promise<StoredSession | undefined>;
  /**
   * Ends a live session, if `where` holds for it too. Returns the session, or undefined when there was no such live
   * session.
   */
  end(
    id: string,
    end: { at: Date; reason: SessionEndReason; where?: { userId?: string; saltHash?: string } },
    call: Call,
  ): Promise<StoredSession | undefined>;
  /** The live ones, the newest (`createdAt`, then id) first. */
  listLive(userId: string, query: ListLiveQuery, call: Call): Promise<StoredSession[]>;
  /** The same, of which no more is read than what is listed. */
  listPublic(userId: string, query: ListLiveQuery, call: Call): Promise<ListedSession[]>;
  /**
   * The ids of those that no call has ended, in any order. Expired ones may be among them: of a user with thousands,
   * the ids alone are much less to read.
   */
  listOpenIds(userId: string, call: Call): Promise<string[]>;
  /**
   * The ids of the live sessions of a user other than `exceptId` that come after the newest `keep` of them, in the
   * order of `listLive`, the first `atMost` of these. Costs little while there are none, and never more than `keep` and
   * `atMost` need.
   */
  surplus(userId: string, limit: SurplusLimit, now: Date, call: Call): Promise<string[]>;
  /**
   * Ends these sessions where they are live, in one write; returns how many it ended. Of several callers at once, one
   * counts each.
   */
  endMany(ids: readonly string[], end: { at: Date; reason: SessionEndReason }, call: Call): Promise<number>;
  /** Raises the epoch of a live session, so that it outlives the user's next `sessionEpoch`. */
  setEpoch(id: string, epoch: number, call: Call): Promise<void>;
}
