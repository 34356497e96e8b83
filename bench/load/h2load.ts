import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { percentile } from '../statistics';
import { framed, type Load, type Outcome } from './load';

const run = promisify(execFile);

/** Whether h2load (Debian: nghttp2-client) is installed. */
export function hasH2load(): boolean {
  return spawnSync('h2load', ['--version']).status === 0;
}

/**
 * Runs h2load with a recorded gRPC request. It does not read trailers; but an error of gRPC has no message, so the
 * bytes of all messages show how many answers were right.
 */
export async function h2load(load: Load): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-h2load-'));
  try {
    const body = join(directory, 'request');
    const log = join(directory, 'log');
    writeFileSync(body, framed(load.requests[0] ?? Buffer.alloc(0)));
    const { stdout } = await run('h2load', [
      `--requests=${load.calls}`,
      `--clients=${load.connections}`,
      `--max-concurrent-streams=${load.concurrency / load.connections}`,
      `--data=${body}`,
      `--log-file=${log}`,
      '--header=content-type: application/grpc',
      '--header=te: trailers',
      `http://${load.address}${load.path}`,
    ]);
    const seconds = duration(/finished in ([\d.]+)(us|ms|s)/.exec(stdout));
    const answered = Number(/(\d+) succeeded/.exec(stdout)?.[1]);
    const dataBytes = Number(/\((\d+)\) data/.exec(stdout)?.[1]);
    const latencies = readFileSync(log, 'latin1')
      .trim()
      .split('\n')
      .map((line) => Number(line.split('\t')[2]));
    return {
      calls: load.calls,
      wrong: load.calls - answered + wrongAnswers(load, dataBytes),
      seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      generator: 'h2load',
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function wrongAnswers({ replyBytes, calls }: Load, dataBytes: number): number {
  if (replyBytes === undefined) return dataBytes === 0 ? 0 : calls;
  return Math.abs(Math.round(calls - dataBytes / (replyBytes + 5)));
}

function duration(match: RegExpExecArray | null): number {
  const unit = { us: 1e-6, ms: 1e-3, s: 1 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new Error('h2load said nothing that can be read');
  return Number(match[1]) * unit;
}
