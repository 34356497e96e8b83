import { setFlagsFromString } from 'node:v8';

/**
 * How V8 collects, where Node's command line does not say it:
 *
 * - When what has died is as much as what lives. By itself it waits for three times that on a large machine, where what
 *   the cache of tokens has forgotten piles up (docs/decisions/0011).
 * - Young objects in the thread that made them, without helpers. The loop would have to wait for every helper that has
 *   begun, and those wait for a core where all are busy hashing (docs/decisions/0009).
 */
const FLAGS = ['--heap-growing-percent=100', '--no-parallel-scavenge'] as const;

/** Sets what is not set by `args`. */
export function tuneCollector(args: readonly string[] = process.execArgv): void {
  const given = new Set(args.map(nameOf));
  for (const flag of FLAGS) if (!given.has(nameOf(flag))) setFlagsFromString(flag);
}

/** V8 takes `--no-some-flag`, `--nosome-flag` and `--some_flag=1` alike for the flag `some-flag`. */
function nameOf(flag: string): string {
  return flag
    .replaceAll('_', '-')
    .replace(/^--(?:no-?)?/, '')
    .replace(/=.*$/, '');
}
