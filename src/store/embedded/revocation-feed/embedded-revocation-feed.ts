import type { Call } from '../../../auth/call';
import type { Clock } from '../../../auth/clock';
import type { RevocationFeed, RevocationListener } from '../../../auth/revocation/revocation-feed';
import type { Revocation } from '../../../auth/revocation/revocation-record';
import type { Engine } from '../engine/engine';
import { EXPIRING, noteExpiry } from '../engine/expiries';
import { numberKey, textKey } from '../engine/keys';
import { FeedFollower } from './feed-follower';

const SEQUENCE = textKey('feedSequence');

export class EmbeddedRevocationFeed implements RevocationFeed {
  readonly #followers = new Set<FeedFollower>();

  constructor(
    private readonly engine: Engine,
    private readonly clock: Clock,
    private readonly windowMs: number,
  ) {}

  async append(records: readonly Revocation[], call: Call): Promise<void> {
    if (records.length === 0) return;
    await this.engine.write(call, (tables) => {
      // Numbered inside the transaction, and transactions run one after the other: a reader of a number has seen
      // all below it.
      let sequence = tables.counters.get(SEQUENCE) ?? 0;
      for (const record of records) {
        sequence += 1;
        const key = numberKey(sequence);
        tables.feed.put(key, record);
        noteExpiry(tables, EXPIRING.revocation, key, record.at + this.windowMs);
      }
      tables.counters.put(SEQUENCE, sequence);
    });
    for (const follower of this.#followers) follower.wake();
  }

  async follow(listener: RevocationListener): Promise<{ close(): Promise<void> }> {
    const follower = new FeedFollower(this.engine, this.clock, this.windowMs, listener);
    await follower.start();
    this.#followers.add(follower);
    return {
      close: async () => {
        this.#followers.delete(follower);
        follower.stop();
      },
    };
  }

  close(): void {
    for (const follower of this.#followers) follower.stop();
    this.#followers.clear();
  }
}
