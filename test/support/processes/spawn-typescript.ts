import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SUPPORT = join(__dirname, '..');

export interface TypeScriptProcess {
  readonly child: ChildProcess;
  /** Whole lines that it has printed. */
  readonly lines: string[];
  /** What it wrote to standard error. */
  stderr(): string;
  /** Resolves when so many lines are there, or it has ended. */
  printed(count: number): Promise<void>;
  /** Resolves when it has ended and everything it printed is there. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** The number that a file prints, run to its end. */
export async function numberFrom(file: string, args: readonly string[]): Promise<number> {
  const child = spawnTypeScript(file, args);
  await child.printed(1);
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stderr()).toBe('');
  return Number(child.lines[0]);
}

/**
 * Starts a TypeScript file, named from test/support, as a process of its own; `shell` may set limits before it becomes
 * that process.
 */
export function spawnTypeScript(file: string, args: readonly string[], shell = ''): TypeScriptProcess {
  const register = join(__dirname, 'register-typescript.cjs');
  const command = `${shell}${shell && '; '}exec "$0" "$@"`;
  const child = spawn('/bin/sh', ['-c', command, process.execPath, '-r', register, join(SUPPORT, file), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  let errors = '';
  let wake: () => void = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let isEnded = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    isEnded = true;
    wake();
    return { code, signal };
  });
  const printed = async (count: number) => {
    while (lines.length < count && !isEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { child, lines, stderr: () => errors, printed, ended };
}
