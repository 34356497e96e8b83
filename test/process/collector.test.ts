import { numberFrom, spawnTypeScript } from '../support/processes/spawn-typescript';

/** How large the old space of a process became, as a multiple of what lived in it. */
const growth = (...args: string[]) => numberFrom('load/churn.ts', args);

test('less that has died is kept than V8 would keep, unless the command line of Node says how much', async () => {
  const limited = await growth();
  const asNodeIsTold = await growth('--heap_growing_percent=300');
  expect(limited).toBeGreaterThan(1);
  expect(limited).toBeLessThan(0.85 * asNodeIsTold);
});

/** How many threads took part in a collection of young objects, on average. */
async function collectors(...args: string[]): Promise<number> {
  const child = spawnTypeScript('load/scavenges.ts', args);
  expect(await child.ended).toEqual({ code: 0, signal: null });
  const printed = child.lines.join('\n');
  const count = (text: RegExp) => printed.match(text)?.length ?? 0;
  expect(count(/: Scavenge /g)).toBeGreaterThan(5);
  return count(/ copied=/g) / count(/: Scavenge /g);
}

test('young objects are collected by the thread that made them alone, unless the command line of Node says otherwise', async () => {
  expect(await collectors()).toBe(1);
  for (const flag of ['--parallel-scavenge', '--parallel_scavenge=true'])
    expect(await collectors(flag)).toBeGreaterThan(1);
});
