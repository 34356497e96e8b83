import { readdirSync, readFileSync } from 'node:fs';

/** What a process and everything it started have used. */
export interface Cost {
  /** CPU time of all of them together, user and system, in microseconds. */
  readonly cpuUs: number;
  /** Resident memory of all of them together, in bytes. */
  readonly rssBytes: number;
}

/** USER_HZ, in which /proc counts; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Reads /proc (Linux). Children that have ended count through the parent that waited for them. */
export function readCost(pid: number): Cost {
  const stats = allStats();
  let cpuUs = 0;
  let rssBytes = 0;
  for (const each of withDescendants(pid, stats)) {
    const stat = stats.get(each);
    if (stat === undefined) continue;
    cpuUs += (stat.ticks * 1_000_000) / TICKS_PER_SECOND;
    rssBytes += stat.rssPages * PAGE_BYTES;
  }
  return { cpuUs, rssBytes };
}

/** What a process holds in memory by itself, without the pages of files that it has mapped, in bytes (Linux). */
export function readOwnMemory(pid: number): number {
  const [, kib = '0'] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kib) * 1024;
}

/** CPU time of a process that has started no other, in microseconds. */
export interface ThreadTimes {
  readonly mainUs: number;
  readonly othersUs: number;
}

/** Of the threads that live, to the nanosecond. */
export function threadTimes(pid: number): ThreadTimes {
  const us = (id: string) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1').split(' ')[0]) / 1000;
  const others = readdirSync(`/proc/${pid}/task`).filter((id) => id !== String(pid));
  return { mainUs: us(String(pid)), othersUs: others.map(us).reduce((all, one) => all + one, 0) };
}

interface Stat {
  readonly parent: number;
  readonly ticks: number;
  readonly rssPages: number;
}

function allStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      stats.set(Number(name), parse(readFileSync(`/proc/${name}/stat`, 'latin1')));
    } catch {
      // It ended while we looked.
    }
  }
  return stats;
}

/** proc(5): the fields after the name, which stands in parentheses and may hold anything. */
function parse(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17), rssPages: field(24) };
}

/** The process and all that it has started. */
export function withDescendants(pid: number, stats: ReadonlyMap<number, Stat> = allStats()): number[] {
  const found = [pid];
  for (const parent of found) {
    for (const [each, stat] of stats) if (stat.parent === parent) found.push(each);
  }
  return found;
}
