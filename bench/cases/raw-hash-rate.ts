import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { hashSync, verify } from '@node-rs/argon2';
import { PASSWORD } from '../seed';

const VERIFIES = 200;

/** argon2id verifications per second with the parameters of the service, as many at once as there are cores, in a process that does nothing else. */
export async function rawHashRate(): Promise<number> {
  const child = fork(__filename, ['measure']);
  const [rate] = (await once(child, 'message')) as [number];
  await once(child, 'exit');
  return rate;
}

async function measureRate(): Promise<number> {
  const hash = hashSync(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  let left = VERIFIES;
  const lane = async () => {
    for (; left > 0; left -= 1) await verify(hash, PASSWORD);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return (VERIFIES * 1000) / (performance.now() - startedAt);
}

if (process.argv[2] === 'measure' && process.send !== undefined) {
  void measureRate().then((rate) => process.send?.(rate, () => process.disconnect()));
}
