import { performance } from 'node:perf_hooks';
import { percentile } from '../statistics';
import { Http1Connection } from './http1-connection';
import type { Load, Outcome } from './load';

// A process of its own, as frame-client: takes one Load by IPC, answers with its Outcome.

process.once('message', (message) => {
  const { requests, ...load } = message as Omit<Load, 'requests'> & { requests: string[] };
  run({ ...load, requests: requests.map((each) => Buffer.from(each, 'base64')) }).then(
    (outcome) => process.send?.(outcome, () => process.exit(0)),
    (error) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});

function run({ address, requests, calls, concurrency, replyBytes }: Load): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const connections = Array.from(
      { length: Math.min(concurrency, calls) },
      () => new Http1Connection(address, reject),
    );
    const latencies: number[] = [];
    let started = 0;
    let wrong = 0;
    const startedAt = performance.now();

    const start = (connection: Http1Connection) => {
      const request = requests[started % requests.length] ?? Buffer.alloc(0);
      const sentAt = performance.now();
      started += 1;
      connection.call(request, (status, bodyBytes) => {
        latencies.push((performance.now() - sentAt) * 1000);
        if (!isRight(replyBytes, status, bodyBytes)) wrong += 1;
        if (latencies.length === calls) finish();
        else if (started < calls) start(connection);
      });
    };
    const finish = () => {
      for (const connection of connections) connection.close();
      const seconds = (performance.now() - startedAt) / 1000;
      const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
      resolve({ calls, wrong, seconds, p50, p99, generator: 'http1' });
    };
    for (const connection of connections) start(connection);
  });
}

/** A right answer has a status of 2xx and a body of `replyBytes`; another status where none is given. */
function isRight(replyBytes: number | undefined, status: number, bodyBytes: number): boolean {
  const isSuccess = status >= 200 && status < 300;
  return replyBytes === undefined ? !isSuccess : isSuccess && bodyBytes === replyBytes;
}
