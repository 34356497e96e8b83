import type { Call } from '../../../auth/call';
import type { RevocationFeed, RevocationListener } from '../../../auth/revocation/revocation-feed';
import type { Revocation } from '../../../auth/revocation/revocation-record';
import type { StoreOptions } from '../../store';
import type { Models } from '../collections/models';
import type { CommandBatcher } from '../commands/command-batcher';
import type { Deployment } from '../connection/connection';
import { appendEach } from './revocation-appends';
import { RevocationFollower } from './revocation-follower';
import { pollRevocations } from './revocation-polls';
import { streamRevocations } from './revocation-stream';

export class MongoRevocationFeed implements RevocationFeed {
  readonly #followers = new Set<RevocationFollower>();
  readonly #appends: CommandBatcher<readonly Revocation[], void>;

  constructor(
    private readonly model: Models['revocations'],
    private readonly deployment: Deployment,
    private readonly options: Pick<StoreOptions, 'clock' | 'onProblem' | 'revocationWindowMs'>,
  ) {
    this.#appends = appendEach(model, options.revocationWindowMs);
  }

  async append(records: readonly Revocation[], call: Call): Promise<void> {
    if (records.length > 0) await this.#appends.run(records, call);
  }

  async follow(listener: RevocationListener): Promise<{ close(): Promise<void> }> {
    const reader = { model: this.model, clock: this.options.clock, listener };
    const follow = this.deployment.streams ? streamRevocations : pollRevocations;
    const follower = new RevocationFollower(
      (onLoaded, stop) => follow(reader, onLoaded, stop),
      listener,
      this.options.onProblem,
    );
    this.#followers.add(follower);
    try {
      await follower.start();
    } catch (error) {
      this.#followers.delete(follower);
      throw error;
    }
    return {
      close: async () => {
        this.#followers.delete(follower);
        await follower.close();
      },
    };
  }

  /** Ends all followers. */
  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
  }
}
