import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePlot } from '../plots/describe-plot';
import { drawPlot } from '../plots/draw-plot';
import { buildPlots } from '../plots/section-plots';
import type { Section } from '../section';
import { ROOT } from '../servers/servers';
import type { Machine } from './machine';
import { markdown, markdownOfOther, origin } from './markdown';
import { addResults, DIRECTORY, nodeLine, type Result } from './results';
import { wrap } from './wrap';

const PAGE = join(ROOT, 'docs/benchmarks.md');
/** What people wrote stands above this line and stays. */
const MARK = '<!-- Written by `npm run bench -- --keep` from here on. -->';

/**
 * Writes results.json, the pictures and the page. Parts that were not measured now stay as they were, and so do those
 * measured on another line of Node; without sections everything is drawn anew.
 *
 * @param order the ids of the parts, in the order in which the page has them
 */
export async function keep(sections: readonly Section[], measuredOn: Machine, order: readonly string[]): Promise<void> {
  const results = addResults(sections, measuredOn, order);
  for (const file of readdirSync(DIRECTORY)) if (file.endsWith('.svg')) rmSync(join(DIRECTORY, file));
  const main = imagesLine();
  const bodies: string[] = [];
  for (const id of new Set(results.map((each) => each.id))) {
    const [first, ...others] = results.filter((each) => each.id === id).sort(nearestTo(main));
    if (first === undefined) continue;
    const body = [markdown(first), ...(await draw(first)), origin(first), ...others.map(markdownOfOther)];
    bodies.push(body.join('\n\n'));
  }
  const head = existsSync(PAGE) ? (readFileSync(PAGE, 'utf8').split(MARK)[0] ?? '') : '# Benchmarks\n\n';
  writeFileSync(PAGE, `${head}${MARK}\n\n${bodies.join('\n\n')}\n`);
}

/** The line of Node that the image has, from .nvmrc. */
function imagesLine(): number {
  return Number.parseInt(readFileSync(join(ROOT, '.nvmrc'), 'utf8'), 10);
}

/** Of the image's Node first; then the newer ones. */
function nearestTo(main: number): (a: Result, b: Result) => number {
  return (a, b) => Number(nodeLine(b) === main) - Number(nodeLine(a) === main) || nodeLine(b) - nodeLine(a);
}

async function draw(section: Result): Promise<string[]> {
  const drawn: string[] = [];
  for (const plot of buildPlots(section)) {
    const file = `${section.id}-${plot.name}.svg`;
    writeFileSync(join(DIRECTORY, file), await drawPlot(plot));
    drawn.push(wrap(`![${plot.title}. ${describePlot(plot)}](benchmarks/${file})`));
  }
  return drawn;
}
