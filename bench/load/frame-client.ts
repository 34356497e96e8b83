import { performance } from 'node:perf_hooks';
import { RefreshRequest, RefreshResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { percentile } from '../statistics';
import { FrameConnection } from './frame-connection';
import { framed, type Load, type Outcome } from './load';
import { neverSeen } from './never-seen';

// A process of its own: takes one Load by IPC, answers with its Outcome.

process.once('message', (message) => {
  const { requests, ...load } = message as Omit<Load, 'requests'> & { requests: string[] };
  run({ ...load, requests: requests.map((each) => framed(Buffer.from(each, 'base64'))) }).then(
    (outcome) => process.send?.(outcome, () => process.exit(0)),
    (error) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});

function run(load: Load): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const connections = Array.from(
      { length: load.connections },
      () => new FrameConnection(load.address, load.path, reject, load.bearer),
    );
    const request = chooseRequests(load);
    const isPaced = load.perSecond !== undefined;
    const latencies: number[] = [];
    const dueTimes: number[] = [];
    let started = 0;
    let wrong = 0;
    const startedAt = performance.now();
    const mayStart = () => started < load.calls && performance.now() - startedAt < (load.endAfterMs ?? Infinity);

    const finish = () => {
      for (const connection of connections) connection.close();
      resolve({
        calls: latencies.length,
        wrong,
        seconds: (performance.now() - startedAt) / 1000,
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        generator: 'frames',
        ...(load.windowMs === undefined ? {} : { p99OfWindows: p99OfWindows(latencies, dueTimes, load.windowMs) }),
      });
    };
    const start = (lane: number, body: Buffer, dueAt = performance.now()) => {
      started += 1;
      connections[lane % connections.length]?.call(body, (message) => {
        latencies.push((performance.now() - dueAt) * 1000);
        dueTimes.push(dueAt - startedAt);
        if (!isRight(load, message)) wrong += 1;
        if (!isPaced && mayStart()) start(lane, request(started, body, message));
        else if (latencies.length === started && (!isPaced || started === load.calls)) finish();
      });
    };

    if (isPaced) pace(load, startedAt, (n, dueAt) => start(n, request(n), dueAt));
    else for (let lane = 0; lane < Math.min(load.concurrency, load.calls); lane += 1) start(lane, request(lane));
  });
}

/** Of each window of so many ms, by when the calls were due. */
function p99OfWindows(latencies: readonly number[], dueTimes: readonly number[], windowMs: number): number[] {
  const windows: number[][] = [];
  for (const [n, latency] of latencies.entries()) {
    const at = Math.floor((dueTimes[n] ?? 0) / windowMs);
    const window = windows[at] ?? [];
    windows[at] = window;
    window.push(latency);
  }
  return Array.from(windows, (window = []) => percentile(window, 0.99));
}

function pace(load: Load, startedAt: number, start: (n: number, dueAt: number) => void): void {
  const everyMs = 1000 / (load.perSecond ?? 1);
  let n = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    for (; n < load.calls && startedAt + n * everyMs <= now; n += 1) start(n, startedAt + n * everyMs);
    if (n === load.calls) clearInterval(timer);
  }, 1);
}

/** The request that the n-th call makes; `body` and `message` are those of the call before it on its lane. */
function chooseRequests({ requests, mint, next }: Load): (n: number, body?: Buffer, message?: Buffer) => Buffer {
  if (mint !== undefined) return neverSeen(mint);
  const nextInOrder = (n: number): Buffer => requests[n % requests.length] ?? Buffer.alloc(5);
  if (next === undefined) return nextInOrder;
  return (n, body, message) => (body === undefined ? nextInOrder(n) : refreshed(body, message));
}

function isRight({ replyBytes }: Load, message: Buffer | undefined): boolean {
  if (message === undefined) return false;
  if (replyBytes === undefined) return message.length === 0;
  return replyBytes < 0 ? message.length > 5 : message.length === replyBytes + 5;
}

/** The request with the refresh token of the answer to `body`; the same again when there was none. */
function refreshed(body: Buffer, message: Buffer | undefined): Buffer {
  if (message === undefined || message.length === 0) return body;
  const refreshToken = RefreshResponse.decode(message.subarray(5)).tokens?.refreshToken ?? '';
  return framed(RefreshRequest.encode({ refreshToken }).finish());
}
