import { readFileSync } from 'node:fs';

const EVERY_MS = 250;

/**
 * Calls back once when the process that started this one has ended, or the one that started that: npx starts a shell,
 * which waits on when npx is gone. Without `/proc` (macOS) only the first of them is watched.
 */
export function onParentExit(callback: () => void): void {
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    callback();
  }, EVERY_MS);
  timer.unref();
}

function ancestors(): string {
  const parent = process.ppid;
  try {
    // The fields behind the name in parentheses, which may hold anything: proc(5).
    const [, grandparent] = readFileSync(`/proc/${parent}/stat`, 'utf8').split(') ').at(-1)?.split(' ', 2) ?? [];
    return `${parent} ${grandparent}`;
  } catch {
    return String(parent);
  }
}
