import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COLLISION_PROBLEM, describeCollisions } from '../name-collision';
import type { Store, StoreOptions } from '../store';
import { EmbeddedAccountTokens } from './embedded-account-tokens';
import { EmbeddedApiKeys } from './embedded-api-keys';
import { EmbeddedAuditLog } from './embedded-audit-log';
import { EmbeddedLoginFailures } from './embedded-login-failures';
import { EmbeddedSessions } from './embedded-sessions';
import { EmbeddedSigningKeys } from './embedded-signing-keys';
import { buildIndexes } from './engine/build-indexes';
import { CheckNotRunError, type DataCheck, startDataCheck } from './engine/check-data';
import { countRows } from './engine/count-rows';
import { prepareDirectory, preparePrivateFile, refusal } from './engine/data-directory';
import { Engine } from './engine/engine';
import { lockForService, type ServiceLock } from './engine/service-lock';
import { EmbeddedMailLimits } from './mail/embedded-mail-limits';
import { EmbeddedMailOutbox } from './mail/embedded-mail-outbox';
import { EmbeddedRevocationFeed } from './revocation-feed/embedded-revocation-feed';
import { Sweeper } from './sweep/sweeper';
import { EmbeddedUsers } from './users/embedded-users';
import { rekeyNames } from './users/rekey-names';

/** How soon a removed or replaced directory is noticed when nothing is written. */
const CHECK_FILES_MS = 500;

interface CheckLimits {
  /** The walk through all keys of such a file takes some tenths of a second: the start waits for its end. */
  readonly smallBytes: number;
  /**
   * How long the start waits, at most, until it is known that a larger one was not cut off. The service begins to serve
   * before the walk is over; damage that is found later ends the service as damage that is found at once does.
   */
  readonly budgetMs: number;
  /** How long the walk through a larger one waits for the start, which needs the disk and the cores itself. */
  readonly pauseMs?: number;
  /** The program of Node.js that walks; the one of this process without it. */
  readonly node?: string;
}

const CHECK_LIMITS: CheckLimits = { smallBytes: 64 * 2 ** 20, budgetMs: 200, pauseMs: 1_500 };

export interface EmbeddedStore extends Store {
  /** Takes away, now, what is past its time; a service does so by itself. */
  sweep(): Promise<void>;
}

/**
 * Opens the embedded store in a directory, and makes it where there is none.
 *
 * @throws StoreRefusedError when the directory cannot be used, or another service uses it
 */
export async function openEmbeddedStore(
  directory: string,
  options: StoreOptions,
  limits = CHECK_LIMITS,
): Promise<EmbeddedStore> {
  const path = resolve(directory);
  const [serviceFile, dataFile] = [join(path, 'service.mdb'), join(path, 'data.mdb')];
  await prepareDirectory(path, dataFile);
  let lock: ServiceLock | undefined;
  let check: DataCheck | undefined;
  try {
    for (const file of [serviceFile, dataFile]) await preparePrivateFile(file);
    if (options.openedBy === 'service') lock = await lockForService(path, serviceFile);
    check = await beginCheck(dataFile, options, limits);
    const engine = Engine.open(dataFile, options, lock === undefined ? [] : [serviceFile]);
    check?.done.catch((cause: unknown) => engine.end(refusal(path, cause)));
    if (options.openedBy !== 'worker') {
      await reportCollisions(engine, options);
      await buildIndexes(engine);
    }
    return assemble(path, engine, lock, check, options);
  } catch (cause) {
    check?.stop();
    await lock?.release();
    throw refusal(path, cause);
  }
}

/**
 * Begins to check the data and waits for the result, of a large file for a while. Only a service goes on checking after
 * that; a worker's data is checked by its first process.
 */
async function beginCheck(
  file: string,
  options: StoreOptions,
  { smallBytes, budgetMs, pauseMs = 0, node }: CheckLimits,
): Promise<DataCheck | undefined> {
  const { size } = await stat(file);
  const { openedBy } = options;
  if (openedBy === 'worker' || size === 0) return undefined;
  const started = startDataCheck(file, { node, pauseMs: size > smallBytes ? pauseMs : 0 });
  const check = { ...started, done: started.done.catch((cause: unknown) => warnIfNotRun(cause, options)) };
  if (size <= smallBytes) {
    await check.done;
    return undefined;
  }
  const timer = new AbortController();
  const budget = delay(budgetMs, 'goes on', { signal: timer.signal });
  const isWhole = check.isWhole.then(() => 'goes on' as const);
  const outcome = await Promise.race([check.done, isWhole, budget.catch(() => undefined)]).finally(() => timer.abort());
  if (outcome === 'goes on' && openedBy === 'service') {
    check.unref();
    return check;
  }
  check.stop();
  return undefined;
}

/** Rejects with what is damage; a check that could not be run is no reason not to serve. */
function warnIfNotRun(cause: unknown, { onProblem }: StoreOptions): void {
  if (!(cause instanceof CheckNotRunError)) throw cause;
  onProblem('The data file was not checked for damage', cause);
}

async function reportCollisions(engine: Engine, { onProblem }: StoreOptions): Promise<void> {
  const collisions = await rekeyNames(engine);
  if (collisions.length > 0) onProblem(COLLISION_PROBLEM, new Error(describeCollisions(collisions)));
}

function assemble(
  path: string,
  engine: Engine,
  lock: ServiceLock | undefined,
  check: DataCheck | undefined,
  options: StoreOptions,
): EmbeddedStore {
  const revocationFeed = new EmbeddedRevocationFeed(engine, options.clock, options.revocationWindowMs);
  const sweeper = new Sweeper(engine, options);
  if (lock !== undefined) sweeper.start();
  const fileCheck = setInterval(() => engine.checkFiles(), CHECK_FILES_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    check?.stop();
    clearInterval(fileCheck);
    revocationFeed.close();
    await sweeper.stop();
    await engine.close();
    await lock?.release();
  };
  return {
    kind: 'embedded',
    description: path,
    users: new EmbeddedUsers(engine),
    sessions: new EmbeddedSessions(engine, options.clock),
    loginFailures: new EmbeddedLoginFailures(engine),
    revocationFeed,
    auditLog: new EmbeddedAuditLog(engine, options),
    signingKeys: new EmbeddedSigningKeys(engine),
    apiKeys: new EmbeddedApiKeys(engine),
    mailOutbox: new EmbeddedMailOutbox(engine, options.clock),
    accountTokens: new EmbeddedAccountTokens(engine),
    mailLimits: new EmbeddedMailLimits(engine),
    ping: (timeoutMs) => engine.ping({ deadline: options.clock.monotonic() + timeoutMs }),
    countRows: (call) => countRows(engine, call),
    sweep: () => sweeper.sweep(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
