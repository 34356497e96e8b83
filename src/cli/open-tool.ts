import { createSecretKey, randomBytes } from 'node:crypto';
import pino from 'pino';
import { Closers } from '../composition/closers';
import { type Core, openCore } from '../composition/core';
import type { Config, Settings } from '../config/config';
import { CommandError } from './command';

/** Who did it, in audit events. */
export const CLI_ACTOR = 'cli';

/**
 * Opens the store that a service may be running on, does `work`, and closes everything whatever came of it; audit events are written
 * by then.
 *
 * @throws CommandError when what was changed may not have reached the disk
 */
export async function withTool<T>(config: Config, work: (core: Core) => Promise<T>): Promise<T> {
  const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  const closers = new Closers();
  let isBroken = false;
  const onFatal = (): void => {
    isBroken = true;
  };
  let result: T;
  try {
    const core = await openCore(config, { openedBy: 'tool', clock: { now: Date.now }, log, onFatal }, closers);
    result = await work(core);
  } finally {
    await closers.closeAll();
  }
  if (isBroken) throw new CommandError('The store could not be flushed: what was just changed may be lost');
  return result;
}

/** For work that neither reads nor makes tokens: a key that nobody else has. */
export function withoutKeys(settings: Settings): Config {
  return { ...settings, secrets: { current: createSecretKey(randomBytes(32)), previous: undefined } };
}
