import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of the kernel, for tests below another root. */
export interface Kernel {
  /** The root of `/proc` and `/sys`. */
  readonly root: string;
  /** What the machine and the CPU affinity of this process allow. */
  readonly parallelism: number;
}

/**
 * How many cores this process may use: by its CPU affinity and by the CPU quota of its cgroup (version 1 or 2), rounded
 * down, at least one. A container that may use half a core of a large machine has one. Newer versions of Node count the
 * quota too, Node 20 does not.
 */
export function availableCores(kernel: Kernel = { root: '/', parallelism: availableParallelism() }): number {
  return Math.max(1, Math.floor(Math.min(kernel.parallelism, quotaInCores(kernel.root))));
}

/** The smallest quota of the process's cgroups; Infinity where there is none. */
function quotaInCores(root: string): number {
  const lines = (read(join(root, 'proc/self/cgroup')) ?? '').split('\n');
  const quotas = lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    if (controllers === '') return ancestors(path).map((each) => quotaOfVersion2(join(root, 'sys/fs/cgroup', each)));
    if (!controllers.split(',').includes('cpu')) return [];
    return ancestors(path).map((each) => quotaOfVersion1(join(root, 'sys/fs/cgroup/cpu', each)));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/**
 * A cgroup and those above it: each may have a quota. Without a cgroup namespace the path is the host's, of which a
 * container sees only the end, as its root; then the others are not there.
 */
function ancestors(path: string): string[] {
  return path === '/' || path === '.' || path === '' ? ['/'] : [path, ...ancestors(dirname(path))];
}

function quotaOfVersion2(cgroup: string): number {
  const [quota, period] = (read(join(cgroup, 'cpu.max')) ?? 'max').trim().split(' ');
  return asCores(quota, period);
}

function quotaOfVersion1(cgroup: string): number {
  return asCores(read(join(cgroup, 'cpu.cfs_quota_us')), read(join(cgroup, 'cpu.cfs_period_us')));
}

/** Microseconds in each period; a quota of `max` or -1 is none. */
function asCores(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period ?? 100_000);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
