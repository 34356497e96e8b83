import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Of the checkout in which tests and benchmarks are started: what is compiled lies elsewhere. */
export const CONFORMANCE = join(process.cwd(), 'clients', 'conformance');

export type Language = 'go' | 'typescript' | 'python';

const PROGRAMS: readonly [Language, string, string][] = [
  ['go', 'go', 'version'],
  ['typescript', process.execPath, '--version'],
  ['python', 'python3', '--version'],
];

/**
 * The languages whose driver can run here. Where a toolchain is missing the run says so, but not in CI, where each must
 * be there. CONFORMANCE_LANGUAGES=go,python chooses some.
 */
export const LANGUAGES: readonly Language[] = PROGRAMS.filter(isThere).map(([language]) => language);

function isThere([language, program, option]: (typeof PROGRAMS)[number]): boolean {
  const chosen = process.env.CONFORMANCE_LANGUAGES;
  if (chosen !== undefined && !chosen.split(',').includes(language)) return false;
  if (!existsSync(join(CONFORMANCE, 'drivers', language, 'run'))) return false;
  if (process.env.CI === 'true' || spawnSync(program, [option]).status === 0) return true;
  process.stdout.write(`Not run with the ${language} client: there is no ${program}\n`);
  return false;
}
