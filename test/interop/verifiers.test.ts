import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ALGORITHMS = ['HS256', 'ES256', 'RS256'];
const HARNESS = 'interop/harness/main.mjs';

/** Verifiers that install in seconds, and the program without which they are not run; in CI it is there. */
const VERIFIERS = [
  { name: 'jose', program: ['npm', '--version'] },
  { name: 'jsonwebtoken', program: ['npm', '--version'] },
  { name: 'pyjwt', program: ['python3', '--version'] },
  { name: 'golang-jwt', program: ['go', 'version'] },
  { name: 'jjwt', program: ['mvn', '--version'] },
].filter(({ name, program: [command = '', ...args] }) => {
  if (process.env.CI === 'true' || spawnSync(command, args).status === 0) return true;
  process.stdout.write(`Not run with ${name}: there is no ${command}\n`);
  return false;
});

interface Run {
  readonly accepted: readonly string[];
  readonly reason: string;
}

let results: Readonly<Record<string, { readonly runs: Readonly<Record<string, Run>> }>>;

beforeAll(async () => {
  const { stdout } = await run(process.execPath, [HARNESS, '--print', ...VERIFIERS.map(({ name }) => name)]);
  results = JSON.parse(stdout);
}, 600_000);

test.each(
  VERIFIERS.flatMap(({ name }) => ALGORITHMS.map((algorithm) => ({ name, algorithm }))),
)('$name accepts a valid $algorithm token of a started service, and none that is expired, tampered or foreign', ({
  name,
  algorithm,
}) => {
  expect(results[name]?.runs[`${algorithm} configured`]).toEqual({ accepted: ['valid'], reason: '' });
});
