import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** A worker asks for the metrics of all; the answer carries the same number. */
interface Question {
  readonly event: 'metrics?';
  readonly number: number;
}

interface Answer {
  readonly event: 'metrics';
  readonly number: number;
  readonly text: string;
}

const TIMEOUT_MS = 5_000;

let asked = 0;

/** In a worker: lets the first process read this registry. */
export function answerForMetrics(registry: Registry): void {
  AggregatorRegistry.setRegistries(registry);
  new AggregatorRegistry();
}

/**
 * In a worker: the metrics of all workers together, as Prometheus wants one service. Rejects when the first process
 * does not answer.
 */
export function metricsOfAll(): Promise<string> {
  asked += 1;
  const question: Question = { event: 'metrics?', number: asked };
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      process.off('message', hear);
    };
    const hear = (message: Answer) => {
      if (message.event !== 'metrics' || message.number !== question.number) return;
      leave();
      resolve(message.text);
    };
    const timer = setTimeout(() => {
      leave();
      reject(new Error('The metrics of all workers could not be had'));
    }, TIMEOUT_MS);
    process.on('message', hear);
    process.send?.(question);
  });
}

/** In the first process: answers every worker that asks. */
export function serveMetricsOfAll(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, { event, number }: Question) => {
    if (event !== 'metrics?') return;
    const answer = (text: string): Answer => ({ event: 'metrics', number, text });
    // Without an answer the worker gives up by itself.
    all.clusterMetrics().then(
      (text) => worker.isConnected() && worker.send(answer(text)),
      () => {},
    );
  });
}
