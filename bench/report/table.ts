import { type Breakdown, type Fact, holds, type Row, type Section } from '../section';

const COLUMNS = [
  'case',
  'at once',
  'calls/s',
  'CPU us',
  'p50 ms',
  'p99 ms',
  'RSS MiB',
  'CPU x',
  'p99 x',
  'wrong',
  'by',
] as const;

/** A section as text for a terminal. */
export function printed(section: Section): string {
  const lines = buildTables(section).flatMap((table) => aligned(table));
  return `\n${section.title}\n${[...lines, ...section.facts.map(factText)].join('\n')}\n`;
}

export type Table = readonly (readonly string[])[];

/** The first row of each names the columns. */
export function buildTables({ rows, breakdown }: Section): Table[] {
  return [
    ...(rows.length === 0 ? [] : [[COLUMNS, ...rows.map(toCells)]]),
    ...(breakdown === undefined ? [] : [breakdownCells(breakdown)]),
  ];
}

function aligned(table: Table): string[] {
  const widths = (table[0] ?? []).map((_, at) => Math.max(0, ...table.map((row) => (row[at] ?? '').length)));
  return table.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}

function breakdownCells({ sides, parts }: Breakdown): Table {
  return [['CPU us per call', ...sides], ...parts.map(({ name, us }) => [name, ...us.map((each) => each.toFixed(1))])];
}

function toCells(row: Row): string[] {
  return [
    row.name,
    String(row.concurrency),
    row.callsPerSecond.toFixed(0),
    row.cpuUsPerCall.toFixed(1),
    (row.p50Us / 1000).toFixed(2),
    (row.p99Us / 1000).toFixed(2),
    row.rssMib.toFixed(0),
    row.cpuRatio?.toFixed(2) ?? '',
    row.p99Ratio?.toFixed(2) ?? '',
    String(row.wrong),
    row.generator,
  ];
}

export function factText(fact: Fact): string {
  const { name, value, unit, target } = fact;
  const shown = `${name}: ${value < 10 ? value.toFixed(2) : value.toFixed(0)}${unit === '' ? '' : ` ${unit}`}`;
  if (target === undefined) return shown;
  const bound = 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
  return `${shown} (${bound}: ${holds(fact) ? 'reached' : 'missed'})`;
}
