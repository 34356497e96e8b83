import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly config: { readonly node_flags: string };
  readonly scripts: { readonly start: string };
};
const flags = manifest.config.node_flags.split(' ');
/** Objects that outlive two collections of young ones. */
const KEEPING = 'const kept = []; for (let n = 0; n < 3e6; n += 1) kept[n % 2e5] = { n, list: [n] };';

/** V8 decides once the young space has its full size, which a small one has soon; the last size given counts. */
const SOON = ['--max-semi-space-size=1'];

test('npm start and the image give Node the same flags', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  const entrypoint = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  expect(entrypoint.slice(1, -1)).toEqual(flags);
  expect(manifest.scripts.start).toContain('node $npm_package_config_node_flags scripts/start.mjs');
});

test('Node knows each flag of the start script', () => {
  const { stdout, status } = spawnSync(process.execPath, [...flags, '-p', 'JSON.stringify(process.execArgv)'], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(JSON.parse(stdout).slice(0, flags.length)).toEqual(flags);
});

test('No place of the code has its objects made old at once because earlier ones lived long', () => {
  const run = (args: readonly string[]) =>
    spawnSync(process.execPath, [...args, ...SOON, '--trace-pretenuring-statistics', '-e', KEEPING], {
      encoding: 'utf8',
    }).stdout;
  const decided = / tenured=[1-9]/;
  expect(run(flags)).not.toMatch(decided);
  // The work is one that V8 decides so about.
  expect(run(flags.filter((flag) => flag !== '--no-allocation-site-pretenuring'))).toMatch(decided);
});

test('Young objects are collected by one thread when Node runs with the flags of the start script', () => {
  const args = [...flags, '--trace-gc', '--trace-parallel-scavenge', '-e', KEEPING];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const count = (text: RegExp) => stdout.match(text)?.length ?? 0;
  const scavenges = count(/: Scavenge /g);
  // One full collection begins like these.
  expect(scavenges).toBeGreaterThan(2);
  // A line for each thread that takes part.
  expect(count(/ copied=/g)).toBeGreaterThanOrEqual(scavenges);
  expect(count(/ copied=/g)).toBeLessThan(1.5 * scavenges);
});
