import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { hasH2load } from '../load/h2load';
import { isRealTime } from '../load/real-time';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly generator: string;
  /** Before the first case: what else the machine had to do. */
  readonly loadAverage: number;
  readonly lines: readonly string[];
}

/** What the figures were measured on. */
export function machine(): Machine {
  const all = cpus();
  const described = {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: systemName(),
    node: nodeVersion(),
    generator: hasH2load()
      ? 'h2load; the client of hand-made frames where requests differ or start by the clock'
      : 'the client of hand-made frames, in a process of its own; h2load is not installed',
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
  const { cpu, cores, memoryGb, system, node, generator, loadAverage } = described;
  return {
    ...described,
    lines: [
      `${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, Node ${node}; load average at the start ${loadAverage}`,
      `Load generator: ${generator}. It runs on the same cores${isRealTime ? ', where calls start by the clock as a real-time process' : ''}.`,
    ],
  };
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

/** Of the Node that is measured. */
function nodeVersion(): string {
  return execFileSync(process.env.BENCH_NODE ?? process.execPath, ['--version'], { encoding: 'utf8' }).trim();
}
