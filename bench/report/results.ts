import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../section';
import { ROOT } from '../servers/servers';
import type { Machine } from './machine';

export const DIRECTORY = join(ROOT, 'docs/benchmarks');
const RESULTS = join(DIRECTORY, 'results.json');

/** A section that was measured, and where. There is at most one for each part and line of Node. */
export type Result = Section & { readonly measuredAt: string; readonly measuredOn: Machine };

/** The first number of the version: the line of Node that was measured. */
export function nodeLine({ measuredOn }: Result): number {
  return Number(/^v(\d+)/.exec(measuredOn.node)?.[1]);
}

/** Adds the sections; those of the same part and line of Node are replaced, others stay. Returns all, in order. */
export function addResults(sections: readonly Section[], measuredOn: Machine, order: readonly string[]): Result[] {
  mkdirSync(DIRECTORY, { recursive: true });
  const measuredAt = new Date().toISOString();
  const fresh: Result[] = sections.map((section) => ({ ...section, measuredAt, measuredOn }));
  const isReplaced = (result: Result) =>
    fresh.some((each) => each.id === result.id && nodeLine(each) === nodeLine(result));
  const all = [...readResults().filter((result) => !isReplaced(result)), ...fresh];
  const position = ({ id }: Section) => (order.includes(id) ? order.indexOf(id) : order.length);
  all.sort((a, b) => position(a) - position(b) || nodeLine(a) - nodeLine(b));
  writeFileSync(RESULTS, serialized({ sections: all }));
  return all;
}

function readResults(): Result[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as { sections: Result[] }).sections : [];
}

/** Five digits are more than any measurement has; numbers of one list stand on one line. */
function serialized(results: object): string {
  const rounded = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
  const json = JSON.stringify(results, rounded, 1);
  return `${json.replace(/\[[\d\s.,e+-]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`;
}
