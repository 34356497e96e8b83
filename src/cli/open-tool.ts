import { createSecretKey, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { systemClock } from '../auth/clock';
import { Closers } from '../composition/closers';
import { type Core, openCore } from '../composition/core';
import { type Config, ConfigError, loadServiceConfig, loadSettings, type Settings } from '../config/config';
import { missingStoreText } from '../store/missing-store';
import { CommandError } from './command';

/** Who did it, in audit events. */
export const CLI_ACTOR = 'cli';

/**
 * Opens the store that a service may be running on, does `work`, and closes everything whatever came of it; audit
 * events are written by then. Names the store on standard error, unless `quiet`; makes one only with `newStore`.
 *
 * @throws CommandError when what was changed may not have reached the disk
 */
export async function withTool<T>(
  config: Config,
  work: (core: Core) => Promise<T>,
  { newStore = false, quiet = false }: { newStore?: boolean; quiet?: boolean } = {},
): Promise<T> {
  if (!newStore) refuseMissingStore(config);
  const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  const closers = new Closers();
  let isBroken = false;
  const onFatal = (): void => {
    isBroken = true;
  };
  let result: T;
  try {
    const options = { openedBy: 'tool', mustExist: !newStore, clock: systemClock, log, onFatal } as const;
    const core = await openCore(withLongestAccessTtl(config), options, closers);
    if (!quiet) process.stderr.write(`Store: ${core.store.description}\n`);
    result = await work(core);
  } finally {
    await closers.closeAll();
  }
  if (isBroken) throw new CommandError('The store could not be flushed: what was just changed may be lost');
  return result;
}

/**
 * A command in the wrong directory must not make a store that no service uses, and work on that.
 *
 * @throws CommandError
 */
export function refuseMissingStore({ database }: Settings): void {
  if (database.kind !== 'embedded' || existsSync(join(database.directory, 'data.mdb'))) return;
  throw new CommandError(missingStoreText(database.directory));
}

/** The most that ACCESS_TOKEN_EXPIRE_MINUTES may be. */
const LONGEST_ACCESS_TTL_MS = 10_080 * 60_000;

/**
 * The caller may have another ACCESS_TOKEN_EXPIRE_MINUTES in the environment than the service has. Revocations that
 * are kept too short, or a signing key that is taken away too early, would do harm; too long does none. A tool makes no
 * access tokens.
 */
export function withLongestAccessTtl<T extends Settings>(settings: T): T {
  return { ...settings, tokens: { ...settings.tokens, accessTtlMs: LONGEST_ACCESS_TTL_MS } };
}

/**
 * For work that needs the keys of the service. A missing store is reported first: its secret is missing with it.
 *
 * @throws ConfigError
 * @throws CommandError
 */
export function loadWithKeys(): Config {
  refuseMissingStore(loadSettings());
  return loadServiceConfig();
}

/**
 * For work that needs the keys of the service only for some rows: without SECRET_KEY those are refused.
 *
 * @throws ConfigError
 */
export function loadWithKeysOrWithout(): Config {
  try {
    return loadWithKeys();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return withoutKeys(loadSettings());
  }
}

/** For work that neither reads nor makes tokens: a key of its own. */
export function withoutKeys(settings: Settings): Config {
  return { ...settings, secrets: { current: createSecretKey(randomBytes(32)), previous: undefined } };
}
