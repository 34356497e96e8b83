import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { hashSync, verify } from '@node-rs/argon2';
import { PASSWORD } from '../seed';

const VERIFIES = 200;

export interface RawHashes {
  readonly perSecond: number;
  /** CPU of one, user and system, in microseconds. */
  readonly cpuUs: number;
}

/**
 * argon2id verifications with the parameters of the service, as many at once as there are cores, in a process that does
 * nothing else.
 */
export async function rawHashRate(): Promise<RawHashes> {
  const child = fork(__filename, ['measure']);
  const [hashes] = (await once(child, 'message')) as [RawHashes];
  await once(child, 'exit');
  return hashes;
}

async function measureRate(): Promise<RawHashes> {
  const hash = hashSync(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  let left = VERIFIES;
  const lane = async () => {
    for (; left > 0; left -= 1) await verify(hash, PASSWORD);
  };
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: VERIFIES / seconds, cpuUs: (user + system) / VERIFIES };
}

if (process.argv[2] === 'measure' && process.send !== undefined) {
  void measureRate().then((hashes) => process.send?.(hashes, () => process.disconnect()));
}
