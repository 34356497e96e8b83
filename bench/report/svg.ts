export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 760;
const LABEL_WIDTH = 260;
const BAR_HEIGHT = 18;
const GAP = 8;
const TOP = 40;

/** A plot of horizontal bars on a scale that begins at zero. */
export function barPlot(title: string, unit: string, bars: readonly Bar[]): string {
  const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const height = TOP + bars.length * (BAR_HEIGHT + GAP) + GAP;
  const drawn = bars.map((bar, at) =>
    drawBar(bar, TOP + at * (BAR_HEIGHT + GAP), (WIDTH - LABEL_WIDTH - 80) / largest),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="14" font-weight="bold">${escaped(title)} (${escaped(unit)})</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawBar({ label, value }: Bar, y: number, scale: number): string {
  const width = (value * scale).toFixed(1);
  const fill = label.startsWith('echo') ? '#9aa5b1' : '#2f6fab';
  const baseline = y + BAR_HEIGHT - 5;
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${baseline}" text-anchor="end">${escaped(label)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" fill="${fill}"/>`,
    `<text x="${(LABEL_WIDTH + value * scale + 6).toFixed(1)}" y="${baseline}">${value < 10 ? value.toFixed(2) : value.toFixed(0)}</text>`,
  ].join('\n');
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
