import type { Section } from '../section';
import type { Result } from './results';
import { buildTables, factText } from './table';
import { wrap } from './wrap';

/** A section as Markdown. */
export function markdown(section: Section): string {
  return [`## ${section.title}`, '', ...body(section)].join('\n');
}

/** The same part on another line of Node, folded. */
export function markdownOfOther(result: Result): string {
  const { node } = result.measuredOn;
  return [
    `<details><summary>The same on Node ${node}</summary>`,
    '',
    ...body(result),
    '',
    origin(result),
    '',
    '</details>',
  ].join('\n');
}

export function origin({ measuredAt, measuredOn }: Result): string {
  return wrap(`Measured ${measuredAt.slice(0, 16)}Z. ${measuredOn.lines.join('. ')}`);
}

function body(section: Section): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const tables = buildTables(section).flatMap(([columns = [], ...rows]) => [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
  ]);
  return [...tables, ...section.facts.map((fact) => wrap(`- ${factText(fact)}`, '  '))];
}
