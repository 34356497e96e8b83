import { mongo } from 'mongoose';
import { systemClock } from '../../../auth/clock';
import type { Models } from '../collections/models';
import type { OperationOptions } from '../commands/operation';

/** At most this long does a set that has lost its majority go unnoticed when nothing else is written. */
const WRITE_EVERY_MS = 3_000;
const DUPLICATE_KEY = 11000;
const COLLECTION = 'heartbeats';

/**
 * Resolves when a majority acknowledges writes, with the journal. This write changes no document: the server then waits
 * until a majority has all that it had written before. It proves nothing when there was nothing to wait for.
 */
export async function acknowledgedNoOp(
  users: Models['users'],
  timeoutMs: number,
  options: OperationOptions,
): Promise<void> {
  const writeConcern = majority(timeoutMs);
  await users.collection.updateOne({ _id: '' as never }, { $set: { fence: 0 } }, { ...options, writeConcern });
}

/**
 * Whether writes are acknowledged, asked again and again: every three seconds by a write of one small document (a set
 * that can elect and not acknowledge, such as one with an arbiter and without its secondary, says yes to a write that
 * changes nothing), in between by one that waits for what was written before.
 */
export class WriteCheck {
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly users: Models['users']) {}

  async run(timeoutMs: number, options: OperationOptions): Promise<void> {
    const now = systemClock.monotonic();
    if (now - this.#writtenAt < WRITE_EVERY_MS) return acknowledgedNoOp(this.users, timeoutMs, options);
    await this.#write(timeoutMs, options);
    this.#writtenAt = now;
  }

  async #write(timeoutMs: number, options: OperationOptions): Promise<void> {
    const heartbeats = this.users.db.collection<{ _id: string }>(COLLECTION);
    const change = { $currentDate: { at: true } } as const;
    try {
      await heartbeats.updateOne({ _id: 'write' }, change, {
        ...options,
        upsert: true,
        writeConcern: majority(timeoutMs),
      });
    } catch (error) {
      // Another replica has made the document at the same moment.
      if (!(error instanceof mongo.MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
    }
  }
}

function majority(timeoutMs: number) {
  return { w: 'majority', journal: true, wtimeoutMS: Math.max(1, Math.floor(timeoutMs * 0.9)) } as const;
}
