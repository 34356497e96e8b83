import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const image = /!\[([^\]]*)\]\((?:docs\/)?(benchmarks\/[\w-]+\.svg)\)/g;
const readImages = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(image)].map(([, alt = '', file = '']) => ({
    alt: alt.replaceAll('\n', ' '),
    file,
  }));
const read = (file: string) => readFileSync(`docs/${file}`, 'utf8');

interface Row {
  readonly name: string;
  readonly concurrency: number;
  readonly cpuRatio?: number;
  readonly p99Ratio?: number;
}

interface Line {
  readonly name: string;
  readonly isBaseline?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

describe('the pictures of the benchmarks', () => {
  const shown = readImages('docs/benchmarks.md');
  const inReadme = readImages('README.md');

  it('are all shown on docs/benchmarks.md, and the four of the README are among them', () => {
    const kept = execFileSync('git', ['ls-files', 'docs/benchmarks/*.svg'], { encoding: 'utf8' }).trim().split('\n');
    expect(shown.map(({ file }) => `docs/${file}`).sort()).toEqual(kept.sort());
    expect(inReadme.map(({ file }) => file)).toEqual(
      ['validate-cpu-by-load', 'saturation-p99', 'flood-timeline', 'start-memory'].map(
        (name) => `benchmarks/${name}.svg`,
      ),
    );
    for (const { file } of inReadme) expect([file, existsSync(`docs/${file}`)]).toEqual([file, true]);
  });

  it('say in words what is to be seen: the figures of a plot of lines, or where they stand', () => {
    for (const { alt, file } of shown) {
      const says = /Dashed line: |stand in the table above|\d/.test(alt) && alt.length > 40;
      expect([file, says]).toEqual([file, true]);
    }
    for (const { alt } of inReadme) expect(alt).toMatch(/Dashed line: /);
  });

  it('give Validate beside an empty call the ratios of the tables', () => {
    const { sections } = JSON.parse(readFileSync('docs/benchmarks/results.json', 'utf8')) as {
      sections: { id: string; rows: Row[]; plots: { name: string; lines: Line[] }[] }[];
    };
    const validate = sections.filter(({ id }) => id === 'validate');
    const plots = validate.flatMap(({ plots, rows }) => plots.map((plot) => ({ ...plot, rows })));
    expect(plots.length).toBeGreaterThan(1);
    for (const { name, lines, rows } of plots) {
      const field = name === 'cpu-by-load' ? 'cpuRatio' : 'p99Ratio';
      for (const line of lines.filter(({ isBaseline }) => isBaseline !== true)) {
        const ratios = rows
          .filter((row) => row.name === line.name)
          .map((row) => ({ x: row.concurrency, y: row[field] }));
        expect([name, line.name, line.points.map(({ x, y }) => ({ x, y }))]).toEqual([name, line.name, ratios]);
      }
    }
  });

  it('follow the page into the dark, load quickly, and hold no script', () => {
    for (const { file } of shown) {
      expect(read(file)).toContain('@media (prefers-color-scheme: dark)');
      expect(read(file)).not.toContain('<script');
      expect(read(file).length).toBeLessThan(160_000);
    }
  });

  it('of the README have a legend, units on their axes and a target', () => {
    for (const { file } of inReadme) {
      const svg = read(file);
      expect([file, svg.includes('role-legend')]).toEqual([file, true]);
      expect([file, /aria-label="Y-axis titled '[^']*(ms|MiB|multiple of)/.test(svg)]).toEqual([file, true]);
      expect([file, /aria-label="X-axis titled '[^']+'/.test(svg)]).toEqual([file, true]);
      expect([file, />(target|the knee)[^<]*\d/.test(svg)]).toEqual([file, true]);
    }
  });
});
