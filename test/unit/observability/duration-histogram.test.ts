import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { DurationHistogram } from '../../../src/observability/duration-histogram';

const OPTIONS = { name: 'd_seconds', help: 'Durations', buckets: [0.001, 0.01, 0.1, 1] };
const SEEN_MS = [0, 0.5, 1, 1.5, 10, 99.9, 100, 1000, 1000.1, 60_000];

/** The same durations in a histogram of prom-client and in ours. */
function both(): { theirs: Registry; ours: Registry } {
  const [theirs, ours] = [new Registry(), new Registry()];
  const labelNames = ['method', 'status'] as const;
  const histogram = new Histogram({ ...OPTIONS, labelNames, registers: [theirs] });
  const own = new DurationHistogram({ ...OPTIONS, labelNames }, ours);
  for (const [method, status] of [
    ['/a.B/C', 'OK'],
    ['/a.B/C', 'with "quotes"'],
  ] as const) {
    const durations = own.labels(method, status);
    for (const durationMs of SEEN_MS) {
      histogram.labels(method, status).observe(durationMs / 1000);
      durations.observe(durationMs);
    }
  }
  return { theirs, ours };
}

describe('the histogram of durations', () => {
  it('reads as one of prom-client would', async () => {
    const { theirs, ours } = both();
    const text = await ours.metrics();
    expect(text).toBe(await theirs.metrics());
    expect(text).toContain('d_seconds_bucket{le="0.01",method="/a.B/C",status="OK"} 5');
  });

  it('reads as one of prom-client would when several processes are added up', async () => {
    const { theirs, ours } = both();
    const sum = async (one: Registry) => {
      const asSent = JSON.parse(JSON.stringify(await one.getMetricsAsJSON()));
      return AggregatorRegistry.aggregate([asSent, structuredClone(asSent)]).metrics();
    };
    expect(await sum(ours)).toBe(await sum(theirs));
    expect(await sum(ours)).toContain('d_seconds_count{method="/a.B/C",status="OK"} 20');
  });

  it('tells its name and no series before anything was seen', async () => {
    const registry = new Registry();
    new DurationHistogram({ ...OPTIONS, labelNames: ['method', 'status'] }, registry);
    expect(await registry.metrics()).toBe('# HELP d_seconds Durations\n# TYPE d_seconds histogram\n');
  });
});
