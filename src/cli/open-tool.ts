import { createSecretKey, randomBytes } from 'node:crypto';
import pino from 'pino';
import { Closers } from '../composition/closers';
import { type Core, openCore } from '../composition/core';
import type { Config, Settings } from '../config/config';

/** Opens the store that a service may be running on, does `work`, and closes everything whatever came of it. */
export async function withTool<T>(config: Config, work: (core: Core) => Promise<T>): Promise<T> {
  const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  const closers = new Closers();
  let broken: unknown;
  const onFatal = (cause: unknown): void => {
    broken = cause;
  };
  try {
    const core = await openCore(config, { openedBy: 'tool', clock: { now: Date.now }, log, onFatal }, closers);
    return await work(core);
  } finally {
    await closers.closeAll();
    if (broken !== undefined) log.error('The store could not be flushed: what was just changed may be lost');
  }
}

/** For work that neither reads nor makes tokens: a key that nobody else has. */
export function withoutKeys(settings: Settings): Config {
  return { ...settings, secrets: { current: createSecretKey(randomBytes(32)), previous: undefined } };
}
