import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { withDescendants } from '../process-cost';

/** For some 20 million rows on two cores. */
const LONGEST_MS = 120_000;

/**
 * Resolves when the process that looks through a large data file after the start has ended. What it costs is no part of
 * what a call costs.
 */
export async function dataCheckEnd(pid: number): Promise<void> {
  const until = Date.now() + LONGEST_MS;
  while (withDescendants(pid).slice(1).some(isDataCheck)) {
    if (Date.now() > until) throw new Error(`The data check of process ${pid} does not end`);
    await after(20);
  }
}

function isDataCheck(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('data.mdb');
  } catch {
    return false;
  }
}
