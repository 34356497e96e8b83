import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { registerTallies } from '../../../src/observability/tallies';

const OPTIONS = { name: 'decisions_total', help: 'Decisions', labelNames: ['gateway', 'outcome'] as const };
const SEEN = [
  { gateway: 'ext_authz', outcome: 'allowed', times: 3 },
  { gateway: 'forward_auth', outcome: 'with "quotes"', times: 2 },
  { gateway: 'forward_auth', outcome: 'never', times: 0 },
];

/** The same counts in a counter of prom-client and in tallies. */
function both(): { theirs: Registry; ours: Registry } {
  const [theirs, ours] = [new Registry(), new Registry()];
  const counter = new Counter({ ...OPTIONS, labelNames: [...OPTIONS.labelNames], registers: [theirs] });
  const tallies = registerTallies(ours, OPTIONS);
  for (const { gateway, outcome, times } of SEEN) {
    const tally = tallies(gateway, outcome);
    counter.labels(gateway, outcome).inc(0);
    for (let n = 0; n < times; n += 1) {
      counter.labels(gateway, outcome).inc();
      tally.count += 1;
    }
  }
  return { theirs, ours };
}

describe('tallies', () => {
  it('read as a counter of prom-client would, each time anew', async () => {
    const { theirs, ours } = both();
    const text = await theirs.metrics();
    expect(text).toContain('decisions_total{gateway="ext_authz",outcome="allowed"} 3');
    expect(await ours.metrics()).toBe(text);
    expect(await ours.metrics()).toBe(text);
  });

  it('read as a counter of prom-client would when several processes are added up', async () => {
    const { theirs, ours } = both();
    const sum = async (one: Registry) => {
      const asSent = JSON.parse(JSON.stringify(await one.getMetricsAsJSON()));
      return AggregatorRegistry.aggregate([asSent, structuredClone(asSent)]).metrics();
    };
    expect(await sum(ours)).toBe(await sum(theirs));
  });
});
