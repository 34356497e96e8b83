import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { SECRET_KEY } from '../../secret-key';
import type { Fact } from '../../section';
import { ROOT } from '../../servers/servers';
import { median } from '../../statistics';

const TIMES = 3;
const COMMANDS = [
  ['users', 'list'],
  ['users', 'list', '--role', 'admin'],
  ['users', 'list', '--locked'],
  ['users', 'show', 'user-1'],
  ['service-accounts', 'list'],
  ['sessions', 'list', 'user-1'],
  ['api-keys', 'list', 'user-150'],
  ['audit'],
  ['audit', '--user', 'user-1', '--type', 'password.changed'],
  ['audit', '--until', '2020-01-01'],
  ['keys', 'list'],
] as const;

const run = promisify(execFile);

/** What the commands take beside a service that runs, the fullest store against the empty one, by the clock. */
export async function commandFacts(store: string, urls: readonly string[]): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const command of COMMANDS) {
    const times = urls.map((): number[] => []);
    for (let n = 0; n < TIMES; n += 1) {
      for (const [s, url] of urls.entries()) times[s]?.push(await timed(url, command));
    }
    const medians = times.map(median);
    const [empty = Number.NaN, full = Number.NaN] = [medians[0], medians.at(-1)];
    const name = `postern ${command.join(' ')}, ${store}`;
    facts.push({
      name,
      value: full / empty,
      unit: `x an empty store (${full.toFixed(0)} ms)`,
      target: { atMost: 1.5 },
    });
  }
  return facts;
}

async function timed(url: string, command: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await run(process.env.BENCH_NODE ?? process.execPath, [join(ROOT, 'bin/postern.js'), ...command], {
    env: { PATH: process.env.PATH, SECRET_KEY, DATABASE_URL: url },
    maxBuffer: 64 * 2 ** 20,
  });
  return performance.now() - startedAt;
}
