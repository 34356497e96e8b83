import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { availableCores } from '../../../src/config/available-cores';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** What the kernel shows, as files below a root of its own. */
function kernel(files: Record<string, string>, parallelism = 8) {
  const root = mkdtempSync(join(tmpdir(), 'postern-kernel-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return { root, parallelism };
}

const V2 = { 'proc/self/cgroup': '0::/\n' };
const V1 = { 'proc/self/cgroup': '4:memory:/x\n3:cpu,cpuacct:/docker/1f\n' };

test.each<[string, Record<string, string>, number]>([
  ['half a core is one', { ...V2, 'sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
  ['three cores', { ...V2, 'sys/fs/cgroup/cpu.max': '300000 100000\n' }, 3],
  ['two and a half cores are two', { ...V2, 'sys/fs/cgroup/cpu.max': '125000 50000\n' }, 2],
  ['no quota', { ...V2, 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8],
  ['a quota beyond the machine', { ...V2, 'sys/fs/cgroup/cpu.max': '6400000 100000\n' }, 8],
  ['no cgroup file system', V2, 8],
  [
    'the smallest quota of a cgroup and those above it',
    {
      'proc/self/cgroup': '0::/pods/one\n',
      'sys/fs/cgroup/pods/one/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/pods/cpu.max': '200000 100000\n',
    },
    2,
  ],
])('with cgroup version 2, %s', (_what, files, cores) => {
  expect(availableCores(kernel(files))).toBe(cores);
});

test.each<[string, string, string, number]>([
  ['half a core is one', '50000\n', '100000\n', 1],
  ['three cores', '300000\n', '100000\n', 3],
  ['no quota', '-1\n', '100000\n', 8],
])('with cgroup version 1, %s', (_what, quota, period, cores) => {
  for (const path of ['sys/fs/cgroup/cpu', 'sys/fs/cgroup/cpu/docker/1f']) {
    const files = { ...V1, [`${path}/cpu.cfs_quota_us`]: quota, [`${path}/cpu.cfs_period_us`]: period };
    expect(availableCores(kernel(files))).toBe(cores);
  }
});

test('where the kernel shows no cgroups, it is what the machine and the affinity allow', () => {
  expect(availableCores(kernel({}, 5))).toBe(5);
  expect(availableCores()).toBeGreaterThanOrEqual(1);
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
});
