import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { nextIteration, ROWS_AT_ONCE } from '../../auth/next-iteration';
import {
  type ListedSession,
  type ListLiveQuery,
  REMEMBERED_ROTATIONS,
  type Rotation,
  type SessionEndReason,
  type StoredSession,
  type StoredSessions,
  type SurplusLimit,
} from '../../auth/sessions/stored-sessions';
import type { Engine } from './engine/engine';
import { EXPIRING, noteExpiry } from './engine/expiries';
import { groupKey, pairKey, startingWith, textKey } from './engine/keys';
import { decodeTexts, type RowOfTexts } from './engine/row-encoding';
import type { Tables } from './engine/tables';

export class EmbeddedSessions implements StoredSessions {
  constructor(
    private readonly engine: Engine,
    private readonly clock: Clock,
  ) {}

  insert(session: StoredSession, call: Call): Promise<void> {
    const id = textKey(session.id);
    return this.engine.write(call, (tables) => {
      if (tables.sessions.doesExist(id)) throw new Error('A session with this id exists');
      tables.sessions.put(id, session);
      if (session.endedAt === null) tables.openSessions.put(pairKey(session.userId, session.id), true);
      noteExpiry(tables, EXPIRING.session, id, session.expiresAt.getTime());
    });
  }

  find(id: string, call: Call): Promise<StoredSession | undefined> {
    return this.engine.read(call, (tables) => tables.sessions.get(textKey(id)));
  }

  rotate(id: string, rotation: Rotation, call: Call): Promise<StoredSession | undefined> {
    return this.engine.write(call, (tables) => {
      const session = tables.sessions.get(textKey(id));
      const holds =
        session !== undefined &&
        isLive(session, rotation.at) &&
        session.generation === rotation.from &&
        session.saltHash === rotation.saltHash;
      if (!holds) return undefined;
      const rotated: StoredSession = {
        ...session,
        generation: session.generation + 1,
        refreshKeyId: rotation.refreshKeyId,
        lastUsedAt: new Date(rotation.at),
        expiresAt: rotation.expiresAt < session.limitAt ? rotation.expiresAt : session.limitAt,
        ipAddress: rotation.ipAddress,
        rotatedAt: [...session.rotatedAt, rotation.at].slice(-REMEMBERED_ROTATIONS),
      };
      tables.sessions.put(textKey(id), rotated);
      return rotated;
    });
  }

  end(
    id: string,
    end: { at: Date; reason: SessionEndReason; where?: { userId?: string; saltHash?: string } },
    call: Call,
  ): Promise<StoredSession | undefined> {
    const { userId, saltHash } = end.where ?? {};
    return this.engine.write(call, (tables) => {
      const session = tables.sessions.get(textKey(id));
      if (session === undefined || !isLive(session, end.at.getTime())) return undefined;
      if (userId !== undefined && session.userId !== userId) return undefined;
      if (saltHash !== undefined && session.saltHash !== saltHash) return undefined;
      return endSession(tables, session, end);
    });
  }

  async listLive(
    userId: string,
    { now, atMost = Number.POSITIVE_INFINITY, except }: ListLiveQuery,
    call: Call,
  ): Promise<StoredSession[]> {
    const live: StoredSession[] = [];
    for (;;) {
      const wanted = Math.min(ROWS_AT_ONCE, atMost - live.length);
      const query = { now: now.getTime(), except, before: live.at(-1)?.id };
      const part = await this.engine.read(call, (tables) => takeFirst(wanted, liveSessions(tables, userId, query)));
      live.push(...part);
      if (part.length < wanted || live.length >= atMost) break;
      await nextIteration();
    }
    return live.sort(newestFirst);
  }

  listPublic(userId: string, query: ListLiveQuery, call: Call): Promise<ListedSession[]> {
    return this.listLive(userId, query, call);
  }

  listOpenIds(userId: string, call: Call): Promise<string[]> {
    const group = groupKey(userId);
    return this.engine.read(call, (tables) =>
      [...tables.openSessions.getKeys(startingWith(group))].map((key) => key.toString('utf8', group.length)),
    );
  }

  surplus(userId: string, limit: SurplusLimit, now: Date, call: Call): Promise<string[]> {
    const { exceptId, keep, atMost } = limit;
    return this.engine.read(call, (tables) => {
      // The keys mostly show that there are none, and no row has to be read.
      const own = pairKey(userId, exceptId);
      const keys = [...tables.openSessions.getKeys({ ...startingWith(groupKey(userId)), limit: keep + 2 })];
      if (keys.filter((key) => !own.equals(key)).length <= keep) return [];
      const beyond: string[] = [];
      let others = 0;
      // Ids of sessions are in the order of their time, so the newest can be read first, and no more than is asked for.
      for (const { id } of liveSessions(tables, userId, { now: now.getTime() })) {
        if (id === exceptId) continue;
        others += 1;
        if (others > keep) beyond.push(id);
        if (beyond.length >= atMost) break;
      }
      return beyond;
    });
  }

  endMany(
    ids: readonly string[],
    end: { readonly at: Date; readonly reason: SessionEndReason },
    call: Call,
  ): Promise<number> {
    return this.engine.write(call, (tables) => {
      let count = 0;
      for (const id of ids) if (endRow(tables, id, end)) count += 1;
      return count;
    });
  }

  setEpoch(id: string, epoch: number, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      const session = tables.sessions.get(textKey(id));
      if (session === undefined || !isLive(session, this.clock.now()) || session.epoch >= epoch) return;
      tables.sessions.put(textKey(id), { ...session, epoch });
    });
  }
}

function isLive(session: StoredSession, now: number): boolean {
  return session.endedAt === null && session.expiresAt.getTime() > now;
}

/** The one with the greatest id first: ids of sessions are in the order of their time. */
function* liveSessions(
  tables: Tables,
  userId: string,
  { now, except, before }: { now: number; except?: ReadonlySet<string> | undefined; before?: string | undefined },
): Generator<StoredSession> {
  const group = groupKey(userId);
  const { start, end } = startingWith(group);
  const from = before === undefined ? { start: end } : { start: pairKey(userId, before), exclusiveStart: true };
  for (const key of tables.openSessions.getKeys({ ...from, end: start, reverse: true })) {
    if (except?.has(key.toString('utf8', group.length))) continue;
    const session = tables.sessions.get(key.subarray(group.length));
    if (session !== undefined && session.userId === userId && isLive(session, now)) yield session;
  }
}

function endSession(
  tables: Tables,
  session: StoredSession,
  end: { readonly at: Date; readonly reason: SessionEndReason },
): StoredSession {
  const ended = { ...session, endedAt: end.at, endReason: end.reason };
  writeEnded(tables, ended);
  return ended;
}

/** Ends a session if it is live, in a third of the time of `endSession`; returns whether it was. */
function endRow(tables: Tables, id: string, { at, reason }: { at: Date; reason: SessionEndReason }): boolean {
  const bytes = tables.sessions.getBinary(textKey(id));
  if (bytes === undefined) return false;
  const session = decodeTexts<StoredSession>(bytes);
  if (session.endedAt !== null || Date.parse(session.expiresAt) <= at.getTime()) return false;
  writeEnded(tables, { ...session, endedAt: at.toISOString(), endReason: reason });
  return true;
}

function writeEnded(tables: Tables, ended: StoredSession | RowOfTexts<StoredSession>): void {
  tables.sessions.put(textKey(ended.id), ended as StoredSession);
  tables.openSessions.remove(pairKey(ended.userId, ended.id));
}

function takeFirst<T>(count: number, rows: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const row of rows) {
    taken.push(row);
    if (taken.length >= count) break;
  }
  return taken;
}

function newestFirst(a: StoredSession, b: StoredSession): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}
