import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import type { RevocationFeed, RevocationListener } from '../../auth/revocation/revocation-feed';
import type { Revocation } from '../../auth/revocation/revocation-record';
import type { Deployment } from './connection';
import type { Gathering } from './gathering';
import type { Models } from './models';
import { appendEach } from './revocation-appends';
import { RevocationFollower } from './revocation-follower';
import { pollRevocations } from './revocation-polls';
import { streamRevocations } from './revocation-stream';

export class MongoRevocationFeed implements RevocationFeed {
  readonly #followers = new Set<RevocationFollower>();
  readonly #appends: Gathering<readonly Revocation[], void>;

  constructor(
    private readonly model: Models['revocations'],
    private readonly clock: Clock,
    windowMs: number,
    private readonly deployment: Deployment,
  ) {
    this.#appends = appendEach(model, windowMs);
  }

  async append(records: readonly Revocation[], call: Call): Promise<void> {
    if (records.length > 0) await this.#appends.ask(records, call);
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
