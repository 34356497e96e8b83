import type { Bar, BarPlot, Line, LinePlot, Plot } from './plot';

const MOST_POINTS = 4;
const MOST_BARS = 6;

/** What is to be seen in the plot, in words and figures: for readers who do not see it. */
export function describePlot(plot: Plot): string {
  return plot.kind === 'lines' ? describeLines(plot) : describeBars(plot);
}

function describeLines({ x, y, lines, targets = [], spans = [] }: LinePlot): string {
  const sentences = [
    `${y.title}, over ${x.title}`,
    ...lines.map(describeLine),
    ...spans.map(({ from, to, label }) => `From ${from} to ${to}: ${label}`),
    ...targets.map(({ label }) => `Dashed line: ${label}`),
  ];
  return sentences.map(asSentence).join(' ');
}

function describeLine({ name, points }: Line): string {
  const at = ({ x, y }: Line['points'][number]) => `${shortNumber(y)} at ${shortNumber(x)}`;
  if (points.length <= MOST_POINTS) return `${name}: ${points.map(at).join(', ')}`;
  const [first, last] = [points[0], points.at(-1)];
  const most = points.reduce((a, b) => (b.y > a.y ? b : a));
  if (first === undefined || last === undefined) return name;
  return `${name}: from ${at(first)} to ${at(last)}, the most ${at(most)}`;
}

/** Of more bars than can be listened to, the table above the picture has the figures. */
function describeBars({ rows }: BarPlot): string {
  const panels = rows.flat();
  const isShort = panels.reduce((sum, { bars }) => sum + bars.length, 0) <= MOST_BARS;
  const list = (bars: readonly Bar[]) => bars.map(({ name, value }) => `${name}: ${shortNumber(value)}`).join('; ');
  if (!isShort) return 'The figures stand in the table above.';
  return panels.map(({ title, bars }) => asSentence(`${title}. ${list(bars)}`)).join(' ');
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function shortNumber(value: number): string {
  const maximumFractionDigits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits });
}
