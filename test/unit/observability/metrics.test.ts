import { createMetrics } from '../../../src/observability/metrics';

test('A call of 30 ms is counted as 0.03 s, in the buckets from 0.05 s on', async () => {
  const metrics = createMetrics();
  metrics.onCall('/a.B/C', 'OK', 30);
  metrics.onCall('/a.B/C', 'OK', 30);
  const { body } = await metrics.text();
  const labels = 'method="/a.B/C",status="OK"';
  const read = (series: string) => new RegExp(`^postern_call_duration_seconds_${series} (\\S+)$`, 'm').exec(body)?.[1];
  expect(read(`sum\\{${labels}\\}`)).toBe('0.06');
  expect(read(`count\\{${labels}\\}`)).toBe('2');
  expect(read(`bucket\\{le="0.025",${labels}\\}`)).toBe('0');
  expect(read(`bucket\\{le="0.05",${labels}\\}`)).toBe('2');
});
