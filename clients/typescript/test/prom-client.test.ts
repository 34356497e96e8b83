import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { connect } from '../src';
import { publishMetrics } from '../src/prom-client';

test('The numbers of a client are published, and are those of the moment they are read', async () => {
  const client = connect({ address: '127.0.0.1:1', mode: 'remote', callTimeoutMs: 100 });
  const registry = new Registry();
  publishMetrics(client, registry);
  for (let n = 1; n <= 2; n += 1) {
    await client.answer('no token');
    const text = await registry.metrics();
    expect(text).toContain(`postern_client_answers_total{via="local",outcome="INVALID_TOKEN"} ${n}\n`);
    expect(text).toContain('postern_client_local 0\n');
    expect(text).toContain('postern_client_staleness_seconds +Inf\n');
    expect(text).toContain('postern_client_batch_calls_total 0\n');
  }
  client.close();
});

// Beside the clients of the other languages, which do the same, this keeps the names alike in all of them.
test('The metrics that are published are those of the documentation, no more and no fewer', async () => {
  const page = readFileSync(join(__dirname, '../../../docs/clients.md'), 'utf8');
  const [, section = ''] = /\n## Metrics\n(.*?)\n## /s.exec(page) ?? [];
  const documented = [...section.matchAll(/`(postern_client_\w+)/g)].map(([, name]) => name);
  expect(documented).not.toEqual([]);
  const client = connect({ address: '127.0.0.1:1', mode: 'remote' });
  const registry = new Registry();
  publishMetrics(client, registry);
  client.close();
  expect(
    registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(documented.sort());
});
