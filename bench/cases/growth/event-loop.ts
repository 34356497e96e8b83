import type { ServerProcess } from '../../servers/server-process';

/** The timer that watches the event loop is due every 10 ms; what it is late by is the delay. */
const PERIOD_MS = 10;

/** The 99th percentile of the delay of the service's event loop since the last question, in ms. */
export async function eventLoopDelayP99({ httpAddress }: ServerProcess): Promise<number> {
  const text = await (await fetch(`http://${httpAddress}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(text)?.[1];
  if (seconds === undefined) throw new Error('/metrics does not say how late the event loop is');
  return Math.max(0, Number(seconds) * 1000 - PERIOD_MS);
}
