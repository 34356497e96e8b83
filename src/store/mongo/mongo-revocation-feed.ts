import type { Call } from '../../auth/call';
import type { Clock, RevocationFeed, RevocationListener } from '../../auth/ports';
import type { Revocation } from '../../auth/revocation-record';
import type { Deployment } from './connection';
import type { Models } from './models';
import { duringCall } from './operation';
import { fieldsOf } from './revocation-documents';
import { RevocationFollower } from './revocation-follower';
import { pollRevocations } from './revocation-polls';
import { streamRevocations } from './revocation-stream';
import { isOnlyRepetition } from './store-errors';

export class MongoRevocationFeed implements RevocationFeed {
  readonly #followers = new Set<RevocationFollower>();

  constructor(
    private readonly model: Models['revocations'],
    private readonly clock: Clock,
    private readonly windowMs: number,
    private readonly deployment: Deployment,
  ) {}

  async append(records: readonly Revocation[], call: Call): Promise<void> {
    if (records.length === 0) return;
    const writes = records.map((record) => ({
      updateOne: {
        filter: { _id: record.id },
        update: {
          $setOnInsert: { ...fieldsOf(record), expireAt: new Date(record.at + this.windowMs) },
          $currentDate: { storedAt: true as const },
        },
        upsert: true,
      },
    }));
    await duringCall(call, (options) =>
      this.model.bulkWrite(writes, { ...options, ordered: false, timestamps: false }).catch((error: unknown) => {
        // The same record at the same moment: it is there.
        if (!isOnlyRepetition(error)) throw error;
      }),
    );
  }

  async follow(listener: RevocationListener): Promise<{ close(): Promise<void> }> {
    const reader = { model: this.model, clock: this.clock, listener };
    const span = this.deployment.streams ? streamRevocations : pollRevocations;
    const follower = new RevocationFollower((progress, stop) => span(reader, progress, stop), listener);
    this.#followers.add(follower);
    await follower.start();
    return {
      close: async () => {
        this.#followers.delete(follower);
        await follower.close();
      },
    };
  }

  /** Ends everybody's following. */
  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
  }
}
