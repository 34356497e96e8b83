import { Counter, Gauge, type Registry, register } from 'prom-client';
import type { PosternClient } from './client';

/** Publishes the numbers of a client in a registry of prom-client: the metrics of docs/clients.md. */
export function publishMetrics(client: Pick<PosternClient, 'stats'>, registry: Registry = register): void {
  const registers = [registry];
  new Counter({
    name: 'postern_client_answers_total',
    help: 'Answers about tokens, by who gave them (local, remote) and what they were',
    labelNames: ['via', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [via, counts] of Object.entries(client.stats().answers)) {
        for (const [outcome, count] of Object.entries(counts)) this.inc({ via, outcome }, count);
      }
    },
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const stats = () => client.stats();
  gauge('postern_client_local', '1: tokens are answered from memory', () => Number(stats().isLocal));
  gauge('postern_client_staleness_seconds', 'Age of the news of revocations', () => stats().stalenessMs / 1000);
  gauge('postern_client_cached_tokens', 'Verified tokens in memory', () => stats().cachedTokens);
  gauge('postern_client_cached_api_keys', 'Answers about API keys that are kept', () => stats().cachedApiKeys);
  gauge(
    'postern_client_known_revocations',
    'Sessions and users that the feed has reported',
    () => stats().knownRevocations,
  );
  gauge('postern_client_open_calls', 'Streams that are watched over', () => stats().openCalls);
  counter('postern_client_key_set_reads_total', 'Readings of the published keys', () => stats().keySetReads);
  counter('postern_client_batch_calls_total', 'Calls of BatchValidate', () => stats().batchCalls);
  counter(
    'postern_client_watch_reconnects_total',
    'How often the feed was opened again',
    () => stats().watchReconnects,
  );
}
