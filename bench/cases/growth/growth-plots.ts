import type { Measured } from '../../measure';
import type { Line, LinePlot } from '../../plots/plot';

/** What was measured of one call, at every size; the empty store first. */
export interface Measurement {
  readonly name: string;
  readonly by: 'CPU' | 'p50' | 'p99';
  readonly measured: readonly Measured[];
}

const X = { title: 'users in the store', scale: 'ordinal' } as const;

/** Calls whose cost is held against that of an empty store, and lists whose p99 is held against the clock. */
export function growthPlots(engine: string, users: readonly number[], all: readonly Measurement[]): LinePlot[] {
  const id = engine.toLowerCase();
  return [
    {
      kind: 'lines',
      name: `calls-${id}`,
      title: `What a call costs as the ${engine} store grows`,
      caption:
        'Each line is one call, one at a time: p50 (Validate: CPU at 64 at once) as a multiple of the empty store in the ' +
        'same run. Beside each million users lie three million sessions and ten million audit events.',
      x: X,
      y: { title: 'multiple of the empty store', to: 2.5 },
      lines: all.filter(({ by }) => by !== 'p99').map(({ name, by, measured }) => relative(name, by, users, measured)),
      targets: [
        { value: 1.2, label: 'at most, ordinary users' },
        { value: 2, label: 'at most, the heaviest user' },
      ],
    },
    {
      kind: 'lines',
      name: `lists-${id}`,
      title: `p99 of the lists as the ${engine} store grows`,
      caption: 'Each line is one list call with its filter, one at a time.',
      x: X,
      y: { title: 'p99, ms (logarithmic)', scale: 'log' },
      lines: all
        .filter(({ by }) => by === 'p99')
        .map(({ name, measured }) => ({ name, points: points(users, measured, ({ p99Us }) => p99Us / 1000) })),
      targets: [{ value: 50, label: 'at most' }],
    },
  ];
}

function relative(
  name: string,
  by: 'CPU' | 'p50' | 'p99',
  users: readonly number[],
  measured: readonly Measured[],
): Line {
  const read = (each: Measured) => (by === 'CPU' ? each.cpuUsPerCall : each.p50Us);
  const [empty] = measured;
  return { name, points: points(users, measured, (each) => read(each) / (empty === undefined ? 1 : read(empty))) };
}

function points(users: readonly number[], measured: readonly Measured[], read: (each: Measured) => number) {
  return measured.map((each, s) => ({ x: users[s] ?? 0, y: read(each) }));
}
