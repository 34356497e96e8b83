import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { TABLE_NAMES } from './tables';

/** The program that walks, the same file beside this one in src and in dist. */
const WALK = join(__dirname, 'data-check-process.js');
/** What the walk says when it is over and has found no damage. */
const SOUND = 'sound';
/** The exit code of a check that could not begin. */
const NOT_RUN = 3;

/** The check could not begin, or was ended from outside: it says nothing of the data. */
export class CheckNotRunError extends Error {}

export interface DataCheck {
  /** Rejects when the walk fails, or with a `CheckNotRunError`; neither resolves nor rejects once it was stopped. */
  readonly done: Promise<void>;
  /** Resolves when it is known that the file was not cut off, before its rows are walked through. */
  readonly isWhole: Promise<void>;
  /** From now on the walk does not keep this process from ending. */
  unref(): void;
  stop(): void;
}

interface CheckOptions {
  /** The program of Node.js that walks; the one of this process without it. */
  readonly node?: string | undefined;
  /** How long the process waits, once it knows that the file is whole, before it walks; ms. */
  readonly pauseMs?: number;
}

/**
 * Walks through all keys of a data file in a process of its own, at the lowest priority: LMDB has no checksums, and a
 * page that is damaged or missing can end the process that comes upon it. Costs about a tenth of a second, and a second
 * for some three million keys.
 */
export function startDataCheck(file: string, { node = process.execPath, pauseMs = 0 }: CheckOptions = {}): DataCheck {
  const args = [WALK, file, TABLE_NAMES.join(), String(pauseMs)];
  let isStopped = false;
  let child: ChildProcess | undefined;
  let announceWhole = () => {};
  const isWhole = new Promise<void>((resolve) => {
    announceWhole = resolve;
  });
  const done = new Promise<void>((resolve, reject) => {
    child = execFile(node, args, { env: {}, maxBuffer: 2 ** 20 }, (error, _stdout, stderr) => {
      if (isStopped) return;
      if (error === null) return resolve();
      reject(explain(error, stderr));
    });
    let said = '';
    child.stdout?.on('data', (text: string) => {
      said += text;
      announceWhole();
      if (!said.endsWith(SOUND)) return;
      // Its end is not waited for: a process of Node may hang in it (nodejs/node#54918).
      isStopped = true;
      child?.kill('SIGKILL');
      resolve();
    });
  });
  try {
    if (child?.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be touched: it runs as it is.
  }
  return {
    done,
    isWhole,
    unref: () => child?.unref(),
    stop: () => {
      isStopped = true;
      child?.kill('SIGKILL');
    },
  };
}

/** Only what the walk itself met is damage: a machine can be out of processes or memory. */
function explain(cause: ExecFileException, stderr: string): Error {
  const { code, signal } = cause;
  const notRun = (why: string) => new CheckNotRunError(`the data file was not checked: ${why}`, { cause });
  if (typeof code === 'string') return notRun(`no process could be started (${code})`);
  if (signal === 'SIGKILL' || signal === 'SIGTERM') return notRun(`the check was ended by ${signal}`);
  if (code === NOT_RUN) return notRun(stderr.split('\n').find((line) => /Error/.test(line)) ?? 'it did not begin');
  return new Error(`damaged: ${signal ? `the check ended with ${signal}` : stderr}`, { cause });
}
