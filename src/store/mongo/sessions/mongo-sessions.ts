import { type Model, trusted } from 'mongoose';
import type { Call } from '../../../auth/call';
import { systemClock } from '../../../auth/clock';
import { ROWS_AT_ONCE } from '../../../auth/next-iteration';
import {
  type ListedSession,
  type ListLiveQuery,
  REMEMBERED_ROTATIONS,
  type Rotation,
  type SessionEndReason,
  type StoredSession,
  type StoredSessions,
  type SurplusLimit,
} from '../../../auth/sessions/stored-sessions';
import { type Document, fromDocument, toDocument } from '../collections/documents';
import type { SessionDocument } from '../collections/sessions';
import type { CommandBatcher } from '../commands/command-batcher';
import { insertEach } from '../commands/each-write';
import { findEach } from '../commands/find-each';
import { duringCall } from '../commands/operation';
import { queryableId, queryableText } from '../commands/shapes';
import { liveAt } from './live-sessions';
import type { ServerTime } from './server-time';
import { SurplusSessions } from './surplus-sessions';

/** In one answer of the server: by itself it gives 101 and the others in a second one. */
const MOST_IDS = 10_000;

/** The fields of `ListedSession`: half as much to read as all. */
const LISTED_FIELDS = {
  _id: 1,
  epoch: 1,
  deviceName: 1,
  userAgent: 1,
  ipAddress: 1,
  createdAt: 1,
  lastUsedAt: 1,
  expiresAt: 1,
} as const satisfies Record<keyof Document<ListedSession>, 1>;

interface End {
  readonly at: Date;
  readonly reason: SessionEndReason;
}

export class MongoSessions implements StoredSessions {
  readonly #inserts: CommandBatcher<SessionDocument, void>;
  readonly #byId: CommandBatcher<string, StoredSession | undefined>;
  readonly #surplus: SurplusSessions;

  constructor(
    private readonly model: Model<SessionDocument>,
    private readonly clock: { now(): number },
    private readonly serverTime: ServerTime,
  ) {
    this.#inserts = insertEach(model);
    this.#byId = findEach(model, '_id', toStoredSession);
    this.#surplus = new SurplusSessions(model);
  }

  insert(session: StoredSession, call: Call): Promise<void> {
    return this.#inserts.run(toDocument(session), call);
  }

  find(id: string, call: Call): Promise<StoredSession | undefined> {
    return this.#byId.run(queryableId(id), call);
  }

  async rotate(id: string, rotation: Rotation, call: Call): Promise<StoredSession | undefined> {
    const { from, saltHash, refreshKeyId, at, expiresAt, ipAddress } = rotation;
    const filter = {
      _id: queryableId(id),
      generation: from,
      saltHash: queryableText(saltHash),
      ...liveAt(new Date(at)),
      ...this.serverTime.before(Date.now() + call.deadline - systemClock.monotonic()),
    };
    // A pipeline, because only there the limit of the document itself can be read; so texts of callers stand in
    // $literal.
    const change = {
      generation: { $add: ['$generation', 1] },
      refreshKeyId: { $literal: refreshKeyId },
      lastUsedAt: new Date(at),
      expiresAt: { $min: [expiresAt, '$limitAt'] },
      ipAddress: { $literal: ipAddress },
      rotatedAt: { $slice: [{ $concatArrays: ['$rotatedAt', [at]] }, -REMEMBERED_ROTATIONS] },
    };
    // By the driver: mongoose's sanitizeFilter knows no $expr. Every text in the filter has been checked to be one.
    const rotated = await duringCall(call, (options) =>
      this.model.collection.findOneAndUpdate(filter as object, [{ $set: change }], {
        ...options,
        returnDocument: 'after',
      }),
    );
    return toStoredSessionIfAny(rotated as SessionDocument | null);
  }

  async end(
    id: string,
    end: End & { readonly where?: { userId?: string; saltHash?: string } },
    call: Call,
  ): Promise<StoredSession | undefined> {
    const { at, reason, where = {} } = end;
    const filter = { _id: queryableId(id), ...conditions(where), ...liveAt(at) };
    const ended = await duringCall(call, (options) =>
      this.model
        .findOneAndUpdate(filter, { $set: { endedAt: at, endReason: reason } }, { ...options, returnDocument: 'after' })
        .lean()
        .exec(),
    );
    return toStoredSessionIfAny(ended);
  }

  async endMany(ids: readonly string[], { at, reason }: End, call: Call): Promise<number> {
    if (ids.length === 0) return 0;
    const filter = { _id: trusted({ $in: ids.map(queryableId) }), ...liveAt(at) };
    const change = { $set: { endedAt: at, endReason: reason } };
    const { modifiedCount } = await duringCall(call, (options) =>
      this.model.updateMany(filter, change, options).exec(),
    );
    return modifiedCount;
  }

  async listLive(userId: string, query: ListLiveQuery, call: Call): Promise<StoredSession[]> {
    return (await this.#findLive(userId, query, null, call)).map(toStoredSession);
  }

  async listPublic(userId: string, query: ListLiveQuery, call: Call): Promise<ListedSession[]> {
    return (await this.#findLive(userId, query, LISTED_FIELDS, call)).map(fromDocument<ListedSession>);
  }

  async listOpenIds(userId: string, call: Call): Promise<string[]> {
    const open = await duringCall(call, (options) =>
      this.model
        .find({ userId: queryableId(userId), endedAt: null }, { _id: 1 }, options)
        .batchSize(MOST_IDS)
        .lean()
        .exec(),
    );
    return open.map(({ _id }) => _id);
  }

  surplus(userId: string, limit: SurplusLimit, now: Date, call: Call): Promise<string[]> {
    return this.#surplus.find({ userId, ...limit, now }, call);
  }

  async setEpoch(id: string, epoch: number, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model
        .updateOne({ _id: queryableId(id), ...liveAt(new Date(this.clock.now())) }, { $max: { epoch } }, options)
        .exec(),
    );
  }

  /** With the named fields; null: with all. */
  #findLive<Field extends keyof SessionDocument = keyof SessionDocument>(
    userId: string,
    // The server takes 0 for no limit.
    { now, atMost = 0, except = new Set() }: ListLiveQuery,
    fields: Readonly<Record<Field, 1>> | null,
    call: Call,
  ): Promise<Pick<SessionDocument, Field>[]> {
    const others = except.size === 0 ? {} : { _id: trusted({ $nin: [...except].map(queryableId) }) };
    return duringCall(call, (options) =>
      this.model
        .find({ userId: queryableId(userId), ...liveAt(now), ...others }, fields, options)
        .sort({ createdAt: -1, _id: -1 })
        .limit(atMost)
        .batchSize(ROWS_AT_ONCE)
        .lean<Pick<SessionDocument, Field>[]>()
        .exec(),
    );
  }
}

function conditions({ userId, saltHash }: { userId?: string; saltHash?: string }) {
  return {
    ...(userId === undefined ? {} : { userId: queryableId(userId) }),
    ...(saltHash === undefined ? {} : { saltHash: queryableText(saltHash) }),
  };
}

function toStoredSessionIfAny(document: SessionDocument | null): StoredSession | undefined {
  return document === null ? undefined : toStoredSession(document);
}

function toStoredSession(document: SessionDocument): StoredSession {
  return fromDocument<StoredSession>(document);
}
