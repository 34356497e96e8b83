import { ABORT, open, type RootDatabase } from 'lmdb';
import { type Call, MAX_TIMER_MS } from '../../../auth/call';
import { AuthError, CallEndedError } from '../../../auth/errors';
import type { StoreOptions } from '../../store';
import { DataReplacedError, watchFiles } from './file-watch';
import { checkSpace, isOutOfSpace } from './out-of-space';
import { openTables, TABLE_NAMES, type Tables } from './tables';

/** Address space, not memory; fixed, so that no process has to follow another's growth. */
const MAP_SIZE = 64 * 2 ** 30;
const MAX_READERS = 512;

type EngineOptions = Pick<StoreOptions, 'clock' | 'onFatal' | 'onProblem'>;

/** What the engine needs of a call. */
export type Deadline = Pick<Call, 'deadline'>;

/**
 * LMDB, with the promises of the ports: a write resolves when its commit is flushed, all of it or none of it is done,
 * and no call waits beyond its deadline.
 */
export class Engine {
  readonly tables: Tables;
  #failure: unknown;
  #isOutOfSpace = false;
  #closed = false;

  private constructor(
    private readonly root: RootDatabase,
    private readonly file: string,
    private readonly options: EngineOptions,
    private readonly throwIfReplaced: () => void,
  ) {
    this.tables = openTables(root);
  }

  /**
   * Blocks for a few ms. Throws what LMDB throws. `held`: further files of LMDB without which the store must not go on.
   */
  static open(file: string, options: EngineOptions, held: readonly string[] = []): Engine {
    const root = open({
      path: file,
      noSubdir: true,
      maxDbs: TABLE_NAMES.length,
      maxReaders: MAX_READERS,
      mapSize: MAP_SIZE,
      // Flush inside the commit: with overlapping flushes LMDB would acknowledge first and flush afterwards.
      overlappingSync: false,
      // All writes are transactions already; batches of its own would leave promises behind that cannot be caught.
      eventTurnBatching: false,
    });
    const files = [file, ...held].flatMap((name) => [name, `${name}-lock`]);
    return new Engine(root, file, options, watchFiles(files));
  }

  /** Reads in one snapshot that sees every write acknowledged until now, by whatever process. `look` must not wait. */
  async read<T>(deadline: Deadline, look: (tables: Tables) => T): Promise<T> {
    this.#mustServe(deadline);
    return this.snapshot(look);
  }

  /** As `read`, outside any call. */
  snapshot<T>(look: (tables: Tables) => T): T {
    // LMDB keeps a snapshot for up to a millisecond; another process may have acknowledged something since.
    this.root.resetReadTxn();
    return look(this.tables);
  }

  /**
   * Runs `change` alone among all writers of all processes, and commits what it wrote; when it throws, nothing of it.
   * Many such transactions share a commit and its flush. A `change` that is reached after the deadline is not run.
   */
  async write<T>(deadline: Deadline | undefined, change: (tables: Tables) => T): Promise<T> {
    this.#mustServe(deadline);
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    const committed = this.root
      .childTransaction(() => {
        try {
          this.#mustServe(deadline);
          outcome = { value: change(this.tables) };
          return undefined;
        } catch (error) {
          outcome = { error };
          return ABORT;
        }
      })
      .then(undefined, (error: unknown) => this.#fail(error));
    await this.#within(deadline, committed);
    this.checkFiles();
    if (this.#failure !== undefined) throw unavailable(this.#failure);
    if (outcome === undefined) throw unavailable('The transaction was not run');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Resolves when writes are taken. It takes the lock that every write takes, and writes nothing; once a write has
   * found no space, it looks first whether there is some again.
   */
  async ping(deadline: Deadline): Promise<void> {
    if (this.#isOutOfSpace) {
      await this.#within(deadline, checkSpace(this.file)).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      this.#isOutOfSpace = false;
    }
    await this.write(deadline, () => undefined);
  }

  /** Ends the store when its files were removed or replaced: a write to them would be acknowledged and lost. */
  checkFiles(): void {
    if (this.#closed || this.#failure !== undefined) return;
    try {
      this.throwIfReplaced();
    } catch (error) {
      // Nothing is known of a path that cannot be looked at; the next check may be able to.
      if (error instanceof DataReplacedError) this.end(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.root.close();
  }

  #mustServe(deadline: Deadline | undefined): void {
    if (this.#closed || this.#failure !== undefined) throw unavailable(this.#failure ?? 'The store is closed');
    if (deadline !== undefined && this.options.clock.monotonic() >= deadline.deadline) throw new CallEndedError(false);
  }

  async #fail(error: unknown): Promise<never> {
    const cause = await findCause(error);
    if (await isOutOfSpace(cause, this.file)) this.#refuseForSpace(cause);
    else this.end(cause);
    throw unavailable(cause);
  }

  /**
   * The pages of this commit could not be written, and no root names them: the state before it stands, and the next
   * write may succeed.
   */
  #refuseForSpace(cause: unknown): void {
    if (this.#isOutOfSpace) return;
    this.#isOutOfSpace = true;
    this.options.onProblem('The disk of the embedded store is full: writes are refused until there is space', cause);
  }

  /**
   * Serves nothing any more, and says so once: what reached the disk is unknown (asking the kernel again would answer
   * that all is well), or what lies there is damaged.
   */
  end(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = cause;
    this.options.onFatal(cause);
  }

  #within<T>(deadline: Deadline | undefined, work: Promise<T>): Promise<T> {
    if (deadline === undefined) return work;
    return new Promise((resolve, reject) => {
      const late = () => reject(unavailable('The engine did not answer in time'));
      const leftMs = deadline.deadline - this.options.clock.monotonic();
      const timer = setTimeout(late, Math.min(Math.max(0, leftMs), MAX_TIMER_MS));
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

/** LMDB reports why a commit failed by another promise, which it rejects. */
async function findCause(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  return commitError?.catch((cause: unknown) => cause) ?? error;
}

function unavailable(cause: unknown): AuthError {
  return new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1, cause });
}
