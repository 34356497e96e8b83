import type { PasswordHasher } from '../../auth/accounts/password-hasher';
import { normalisedPassword } from '../../auth/accounts/password-policy';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { type Along, HashQueue, type HashQueueLimits, type HashQueueStats } from './hash-queue';
import type { HashJob } from './hash-thread-source';
import { HashThreads, nicenessBeside } from './hash-threads';
import { type Argon2Cost, isOutdated, unmatchableHash } from './phc-string';

export interface PasswordHasherOptions extends Argon2Cost, HashQueueLimits {
  /** How many event loops share the cores with the hashes: WORKERS. */
  readonly eventLoops: number;
}

export interface ClosablePasswordHasher extends PasswordHasher {
  stats(): HashQueueStats;
  /** Ends the threads; hashes that wait or run are refused. */
  close(): Promise<void>;
}

/** Runs a job when its turn has come, see `HashQueue.run`. */
export type RunInTurn = (call: Call, job: HashJob, along: Along) => Promise<string | boolean>;

/** What one KiB costs in one pass, in ms: a first guess, until hashes have been timed. */
const MS_PER_KIB = 0.0003;

/**
 * argon2id in threads of its own, see the port. A user whose hash was made under other parameters takes as long as
 * those say, until the next login renews it; an unknown user takes as long as the parameters in force say.
 */
export function createPasswordHasher(
  options: PasswordHasherOptions,
  clock: Clock,
  watched?: (run: RunInTurn) => RunInTurn,
): ClosablePasswordHasher {
  const { memoryKib, time, parallelism } = options;
  const threads = new HashThreads(nicenessBeside(options.eventLoops));
  const queue = new HashQueue(options, clock, memoryKib * time * MS_PER_KIB, threads.run);
  const inTurn: RunInTurn = (call, job, along) => queue.run(call, job, along);
  const run = watched?.(inTurn) ?? inTurn;
  const argon2 = { memoryCost: memoryKib, timeCost: time, parallelism };
  const noUser = unmatchableHash(options);
  return {
    async hash(password, call) {
      return String(await run(call, { password: normalisedPassword(password), options: argon2 }, {}));
    },
    async verify(stored, password, call, beforehand) {
      const outdated = stored !== undefined && isOutdated(stored, options);
      const hash = stored ?? noUser;
      const matches = await run(call, { password: normalisedPassword(password), hash }, { beforehand });
      return { matches: stored !== undefined && matches === true, outdated };
    },
    stats: () => queue.stats(),
    async close() {
      queue.close();
      await threads.close();
    },
  };
}
