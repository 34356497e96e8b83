import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../section';
import { ROOT } from '../servers/servers';
import type { Machine } from './machine';
import { barPlot } from './svg';
import { markdown } from './table';

const DIRECTORY = join(ROOT, 'docs/benchmarks');
const RESULTS = join(DIRECTORY, 'results.json');
const PAGE = join(ROOT, 'docs/benchmarks.md');
/** What people wrote stands above this line and stays. */
const MARK = '<!-- Written by `npm run bench -- --keep` from here on. -->';

interface Results {
  readonly sections: readonly (Section & { readonly measuredAt: string; readonly measuredOn: Machine })[];
}

/** Writes the results; parts that were not measured now stay as they were. */
export function keep(sections: readonly Section[], measuredOn: Machine): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results).sections : [];
  const measuredAt = new Date().toISOString();
  const fresh = sections.map((section) => ({ ...section, measuredAt, measuredOn }));
  const all = [...before.filter(({ id }) => !sections.some((section) => section.id === id)), ...fresh];
  const results: Results = { sections: all };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  const bodies = all.map((section) => [markdown(section), ...plots(section), origin(section)].join('\n\n'));
  const head = existsSync(PAGE) ? (readFileSync(PAGE, 'utf8').split(MARK)[0] ?? '') : '# Benchmarks\n\n';
  writeFileSync(PAGE, `${head}${MARK}\n\n${bodies.join('\n\n')}\n`);
}

function origin({ measuredAt, measuredOn }: Results['sections'][number]): string {
  return `Measured ${measuredAt.slice(0, 16)}Z. ${measuredOn.lines.join('. ')}`;
}

function plots({ id, rows, title }: Section): string[] {
  if (rows.length === 0) return [];
  const label = (row: Section['rows'][number]) => `${row.name} (${row.concurrency})`;
  const kinds = [
    ['latency', 'p99', 'ms', rows.map((row) => ({ label: label(row), value: row.p99Us / 1000 }))],
    [
      'throughput',
      'throughput',
      'calls per second',
      rows.map((row) => ({ label: label(row), value: row.callsPerSecond })),
    ],
    ['cpu', 'CPU per call', 'microseconds', rows.map((row) => ({ label: label(row), value: row.cpuUsPerCall }))],
  ] as const;
  return kinds.map(([kind, what, unit, bars]) => {
    const file = `${id}-${kind}.svg`;
    writeFileSync(join(DIRECTORY, file), barPlot(`${title}: ${what}`, unit, bars));
    return `![${title}: ${what}](benchmarks/${file})`;
  });
}
