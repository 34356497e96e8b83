import { barSpec } from './bar-spec';
import { lineSpec } from './line-spec';
import type { Plot } from './plot';
import { CONFIG, followPage } from './theme';

const CAPTION_COLUMNS = 110;
/** Of the usual sans-serif fonts, as a share of the size. */
const CHARACTER_WIDTH = 0.54;

/** Draws a plot as SVG without a background, legible on white and on dark pages. The same data give the same bytes. */
export async function drawPlot(plot: Plot): Promise<string> {
  const { compile } = await import('vega-lite');
  const vega = await import('vega');
  estimateTextWidths(vega as unknown as TextMetrics);
  const drawn = plot.kind === 'lines' ? lineSpec(plot) : barSpec(plot);
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: CONFIG,
    title: { text: plot.title, subtitle: wrapWords(plot.caption, CAPTION_COLUMNS) },
    padding: 8,
    ...drawn,
  } as Parameters<typeof compile>[0];
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return `${followPage(await view.toSVG())}\n`;
  } finally {
    view.finalize();
  }
}

/** Exported by vega, though not by its types. */
interface TextMetrics {
  readonly textMetrics: { width(item: { readonly fontSize?: number }, text: unknown): number };
}

/** Without a canvas vega takes every character as wide as the widest ones are, which would leave gaps in legends. */
function estimateTextWidths({ textMetrics }: TextMetrics): void {
  textMetrics.width = ({ fontSize = 12 }, text) => String(text).length * CHARACTER_WIDTH * fontSize;
}

function wrapWords(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length > 0 && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line.length === 0 ? word : `${line} ${word}`;
  }
  return lines;
}
