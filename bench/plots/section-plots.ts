import type { Breakdown, Row, Section } from '../section';
import type { Bar, Panel, Plot } from './plot';

/** The pictures of a section: its own, one of its rows, one of its breakdown. */
export function buildPlots({ title, rows, breakdown, plots = [], rowsAreDrawn = true }: Section): Plot[] {
  return [
    ...plots,
    ...(rows.length > 0 && rowsAreDrawn ? [rowsPlot(title, rows)] : []),
    ...(breakdown === undefined ? [] : [breakdownPlot(title, breakdown)]),
  ];
}

interface Metric {
  readonly title: string;
  readonly value: (row: Row) => number;
  readonly ofRounds: (row: Row) => readonly number[] | undefined;
}

const METRICS: readonly Metric[] = [
  { title: 'CPU per call, µs', value: (row) => row.cpuUsPerCall, ofRounds: (row) => row.rounds?.cpuUsPerCall },
  { title: 'p99, ms', value: (row) => row.p99Us / 1000, ofRounds: (row) => row.rounds?.p99Us.map((us) => us / 1000) },
  { title: 'calls/s', value: (row) => row.callsPerSecond, ofRounds: (row) => row.rounds?.callsPerSecond },
];

/** A row of panels for each load, so that none hides what another shows. */
function rowsPlot(title: string, rows: readonly Row[]): Plot {
  const isCompared = rows.some(({ cpuRatio }) => cpuRatio !== undefined);
  const loads = [...new Set(rows.map(({ concurrency }) => concurrency))];
  const panel = (concurrency: number, { title: measured, value, ofRounds }: Metric): Panel => ({
    title: `${concurrency} at once: ${measured}`,
    bars: rows
      .filter((row) => row.concurrency === concurrency)
      .map((row) => ({
        name: row.name,
        value: value(row),
        ...findRange(ofRounds(row)),
        isBaseline: isCompared && row.cpuRatio === undefined,
      })),
  });
  return {
    kind: 'bars',
    name: 'cases',
    title,
    caption:
      'Bars are medians; thin lines reach from the least to the most of the rounds. Each panel has its own axis.',
    rows: loads.map((concurrency) => METRICS.map((metric) => panel(concurrency, metric))),
  };
}

/** How far the values are apart; nothing of less than two. */
export function findRange(values: readonly number[] | undefined): { low?: number; high?: number } {
  return values === undefined || values.length < 2 ? {} : { low: Math.min(...values), high: Math.max(...values) };
}

/** The first side is what the last one is compared with. */
function breakdownPlot(title: string, { sides, parts }: Breakdown): Plot {
  const shown = parts.filter(({ name }) => name !== 'all');
  const panels = sides.map((side, at) => ({
    title: `${side}: CPU per call, µs`,
    bars: shown.map(({ name, us }): Bar => ({ name: shortened(name), value: us[at] ?? 0, isBaseline: at === 0 })),
  }));
  return {
    kind: 'bars',
    name: 'parts',
    title,
    caption: 'CPU of the server per call, by the part of the process that used it (self time).',
    rows: [withOneAxis(panels)],
  };
}

/** Side by side they are compared, so that their axes have to end at the same value. */
function withOneAxis(panels: readonly Panel[]): Panel[] {
  const axisTo = Math.max(...panels.flatMap(({ bars }) => bars.map(({ value }) => value)));
  return panels.map((panel) => ({ ...panel, axisTo }));
}

function shortened(name: string): string {
  return name.split(':')[0] === name || name.startsWith('Postern:') || name.startsWith('node:')
    ? name
    : (name.split(':')[0] ?? name);
}
