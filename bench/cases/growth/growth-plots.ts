import type { Measured } from '../../measure';
import type { Axis, Line, LinePlot, Point } from '../../plots/plot';

/** What was measured of one call, at every size; the empty store first. */
export interface Measurement {
  readonly name: string;
  readonly by: 'CPU' | 'p50' | 'p99';
  readonly measured: readonly Measured[];
}

const X: Axis = { title: 'users in the store', scale: 'ordinal' };
const MULTIPLE = 'multiple of the empty store';
const OF_THE_HEAVIEST = / of the heaviest user/;

/** Calls whose cost is held against that of an empty store, and lists whose p99 is held against the clock. */
export function growthPlots(engine: string, users: readonly number[], all: readonly Measurement[]): LinePlot[] {
  const id = engine.toLowerCase();
  const isHeaviest = ({ name }: Measurement) => OF_THE_HEAVIEST.test(name);
  const calls = all.filter(({ by }) => by !== 'p99');
  const lists = all.filter(({ by }) => by === 'p99');
  const relative = (some: readonly Measurement[]) => some.map((each) => relativeLine(each, users));
  return [
    {
      kind: 'lines',
      name: `calls-${id}`,
      title: `Calls of ordinary users as the ${engine} store grows`,
      caption:
        'p50 of a call, one at a time (Validate: CPU at 64 at once). Beside each million users lie three million sessions ' +
        'and ten million audit events.',
      x: X,
      y: { title: MULTIPLE },
      lines: relative(calls.filter((each) => !isHeaviest(each))),
      targets: [{ value: 1.2, label: 'at most' }],
    },
    {
      kind: 'lines',
      name: `heaviest-${id}`,
      title: `Calls of the heaviest user as the ${engine} store grows`,
      caption: 'p50 of a call, one at a time, of the user with most sessions and events.',
      x: X,
      y: { title: MULTIPLE },
      lines: relative(calls.filter(isHeaviest)),
      targets: [{ value: 2, label: 'at most' }],
    },
    {
      kind: 'lines',
      name: `lists-${id}`,
      title: `Lists as the ${engine} store grows`,
      caption: 'p99 of the slowest of all filters and pages of each list call, one at a time.',
      x: X,
      y: { title: 'p99, ms (logarithmic)', scale: 'log' },
      lines: slowest(lists, users),
      targets: [{ value: 50, label: 'at most' }],
    },
  ];
}

function relativeLine({ name, by, measured }: Measurement, users: readonly number[]): Line {
  const read = (each: Measured) => (by === 'CPU' ? each.cpuUsPerCall : each.p50Us);
  const [empty] = measured;
  const points = measured.map((each, s): Point => ({ x: users[s] ?? 0, y: read(each) / (empty ? read(empty) : 1) }));
  return { name: name.replace(OF_THE_HEAVIEST, ''), points };
}

/** One line for each RPC. */
function slowest(lists: readonly Measurement[], users: readonly number[]): Line[] {
  const methods = [...new Set(lists.map(({ name }) => name.split(' ')[0] ?? name))];
  return methods.map((method) => {
    const theirs = lists.filter(({ name }) => name.split(' ')[0] === method);
    const worst = (s: number) => Math.max(...theirs.map(({ measured }) => (measured[s]?.p99Us ?? 0) / 1000));
    return { name: method, points: users.map((x, s): Point => ({ x, y: worst(s) })) };
  });
}
