import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SECRET_KEY } from '../../secret-key';
import type { Fact } from '../../section';
import { ROOT } from '../../servers/servers';
import { median } from '../../statistics';
import { COMMAND_LINES, type CommandLine, CommandRun } from './command-lines';

const TIMES = 3;

/** What the commands take beside a service that runs, the fullest store against the empty one, by the clock. */
export async function commandFacts(store: string, urls: readonly string[]): Promise<Fact[]> {
  const facts: Fact[] = [];
  const runs = urls.map((url) => ({ url, runs: Array.from({ length: TIMES }, () => new CommandRun()) }));
  for (const [name, findLine] of Object.entries(COMMAND_LINES)) {
    const times = urls.map((): number[] => []);
    for (let n = 0; n < TIMES; n += 1) {
      for (const [s, { url, runs: theirs }] of runs.entries()) {
        const run = theirs[n] as CommandRun;
        const startedAt = performance.now();
        run.hear(await execute(url, findLine(run)));
        times[s]?.push(performance.now() - startedAt);
      }
    }
    const medians = times.map(median);
    const [empty = Number.NaN, full = Number.NaN] = [medians[0], medians.at(-1)];
    facts.push({
      name: `postern ${name}, ${store}`,
      value: full / empty,
      unit: `x an empty store (${full.toFixed(0)} ms)`,
      target: { atMost: 1.5 },
    });
  }
  return facts;
}

/** What it prints. Rejects when it ends with anything but 0. */
function execute(url: string, { command, words, stdin = '' }: CommandLine): Promise<string> {
  const node = process.env.BENCH_NODE ?? process.execPath;
  const args = [join(ROOT, 'bin/postern.js'), ...command.split(' '), ...words];
  const options = { env: { PATH: process.env.PATH, SECRET_KEY, DATABASE_URL: url }, maxBuffer: 64 * 2 ** 20 };
  return new Promise((resolve, reject) => {
    const child = execFile(node, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(stdin);
  });
}
