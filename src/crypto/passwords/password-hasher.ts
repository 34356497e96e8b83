import type { PasswordHasher } from '../../auth/accounts/password-hasher';
import { normalisedPassword } from '../../auth/accounts/password-policy';
import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { type HashHooks, HashQueue, type HashQueueLimits, type HashQueueStats, type HashTicket } from './hash-queue';
import { type HashJob, HashThreads, nicenessBeside } from './hash-threads';
import type { Recipe } from './imported/recipe';
import { RefusalFloor, type RefusalFloorDeps } from './imported/refusal-floor';
import { listSpellings } from './imported/spellings';
import { isImported, type StoredRecipes } from './imported/stored-recipes';
import { type Argon2Cost, isOutdated, unmatchableHash } from './phc-string';

export interface PasswordHasherOptions extends Argon2Cost, HashQueueLimits {
  /** How many event loops share the cores with the hashes: WORKERS. */
  readonly eventLoops: number;
  /** Reads the hashes of imported accounts; without it there are none. */
  readonly recipes?: Pick<StoredRecipes, 'read'>;
  /** The dearest of them, and for how long a refusal may be held to hide them; without it none is. */
  readonly refusals?: Pick<RefusalFloorDeps, 'listDearest' | 'longestMs'>;
}

export interface ClosablePasswordHasher extends PasswordHasher {
  stats(): HashQueueStats;
  /** Ends the threads; hashes that wait or run are refused. */
  close(): Promise<void>;
}

/** How a password is verified: a refusal is held as if an imported hash had been tried in so many spellings. */
interface VerificationPlan {
  readonly job: HashJob;
  readonly outdated: boolean;
  readonly heldForms: number;
}

/** What takes longest: some formats read the password in every round. */
const LONGEST_PASSWORD = '\u{10FFFD}'.repeat(128);
/** The first run loads code, and is not what the next ones take. Of a longer one that is no matter. */
const SHORT_RUN_MS = 500;

/**
 * How long a refusal by a recipe takes, in ms; beside the queue, where a place may be long in coming. Undefined where
 * no login runs it either.
 */
async function measureImported(
  threads: HashThreads,
  recipe: Recipe | undefined,
  noUser: string,
  clock: Clock,
): Promise<number | undefined> {
  if (recipe === undefined) return undefined;
  const job = { password: '', hash: noUser, imported: { recipe, forms: [LONGEST_PASSWORD] } };
  const time = async (): Promise<number> => {
    const startedAt = clock.monotonic();
    await threads.run([job], new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)));
    return clock.monotonic() - startedAt;
  };
  const first = await time();
  return first > SHORT_RUN_MS ? first : await time();
}

/** Runs a job on the ticket of a call, see `HashTicket.run`. */
export type RunHash = (call: Call, job: HashJob, hooks: HashHooks) => Promise<string | boolean>;

/** What one KiB costs in one pass, in ms: a first guess, until hashes have been timed. */
const MS_PER_KIB = 0.0003;

/**
 * argon2id in threads of its own, see the port. A user whose hash was made under other parameters takes as long as
 * those say, until the next login renews it; an unknown user takes as long as the parameters in force say.
 */
export function createPasswordHasher(
  options: PasswordHasherOptions,
  clock: Clock,
  trace?: (run: RunHash) => RunHash,
): ClosablePasswordHasher {
  const { memoryKib, time, parallelism } = options;
  const threads = new HashThreads(nicenessBeside(options.eventLoops));
  const queue = new HashQueue(options, clock, memoryKib * time * MS_PER_KIB, threads.run);
  const runOn = (
    ticket: HashTicket<HashJob, string | boolean>,
    call: Call,
    job: HashJob,
    onStart?: () => void,
  ): Promise<string | boolean> => {
    const run: RunHash = (_call, traced, hooks) =>
      ticket.run(traced, {
        onStart: (others) => {
          onStart?.();
          hooks.onStart?.(others);
        },
      });
    return (trace?.(run) ?? run)(call, job, {});
  };
  const argon2 = { memoryCost: memoryKib, timeCost: time, parallelism };
  const noUser = unmatchableHash(options);
  const measure = (stored: string) => measureImported(threads, options.recipes?.read(stored), noUser, clock);
  const floor = options.refusals && new RefusalFloor({ ...options.refusals, measure, clock });
  const planVerification = (stored: string | undefined, typed: string): VerificationPlan => {
    const password = normalisedPassword(typed);
    const { forms, trimmed } = listSpellings(typed);
    // Whatever the account is, since the time must not show it.
    const heldForms = forms.length + trimmed.length;
    if (stored === undefined) return { job: { password, hash: noUser }, outdated: false, heldForms };
    if (!isImported(stored)) {
      return { job: { password, hash: stored }, outdated: isOutdated(stored, options), heldForms };
    }
    const recipe = options.recipes?.read(stored);
    if (recipe === undefined) return { job: { password, hash: noUser }, outdated: true, heldForms };
    const tried = recipe.derive.kind === 'phpass' ? [...forms, ...trimmed] : forms;
    return { job: { password, hash: noUser, imported: { recipe, forms: tried } }, outdated: true, heldForms };
  };
  return {
    async hash(password, call) {
      return String(
        await runOn(queue.reserve(call), call, { password: normalisedPassword(password), options: argon2 }),
      );
    },
    reserve(call) {
      const ticket = queue.reserve(call);
      return {
        async verify(stored, password) {
          const calledAt = clock.monotonic();
          const { job, outdated, heldForms } = planVerification(stored, password);
          // To open the recipe of an imported hash takes time that others do not need.
          const plannedMs = clock.monotonic() - calledAt;
          let startedAt = clock.monotonic();
          const matches = await runOn(ticket, call, job, () => {
            startedAt = clock.monotonic();
          });
          const tookMs = clock.monotonic() - startedAt;
          const record = () => {
            if (job.imported !== undefined) floor?.record(tookMs, job.imported.forms.length);
          };
          if (matches === true) record();
          floor?.refresh();
          return {
            matches: stored !== undefined && matches === true,
            outdated,
            holdRefusal: async () => {
              await floor?.hold(startedAt - plannedMs, heldForms, call);
              record();
            },
          };
        },
        release: () => ticket.release(),
      };
    },
    stats: () => queue.stats(),
    async close() {
      queue.close();
      await threads.close();
    },
  };
}
