/** Each is distinct from the others, and from both a white and a black page (contrast at least 3 to 1 with either). */
export const COLORS = ['#2f81d6', '#d2691e', '#2e9e5b', '#b45fc4', '#b8860b', '#0f9aa5'] as const;
export const BASELINE = '#808890';
export const TARGET = '#e0383e';
/** Text where nothing is known of the page. */
const TEXT = '#7a7f86';
const GRID = '#80889055';

/** What the drawings have in common: no background, so that the one of the page shows. */
export const CONFIG = {
  background: 'transparent',
  font: 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif',
  view: { stroke: GRID },
  title: { anchor: 'start', fontSize: 15, subtitleFontSize: 12, color: TEXT, subtitleColor: TEXT, subtitlePadding: 4 },
  axis: {
    labelColor: TEXT,
    titleColor: TEXT,
    labelFontSize: 12,
    titleFontSize: 12,
    gridColor: GRID,
    domainColor: GRID,
    tickColor: GRID,
    labelLimit: 400,
  },
  legend: { labelColor: TEXT, labelFontSize: 12, orient: 'top', title: null, labelLimit: 400, direction: 'horizontal' },
  text: { color: TEXT, fontSize: 12 },
} as const;

/** Text gets its full contrast where the browser says which page it is on. */
const STYLE = `<style>
@media (prefers-color-scheme: light) { text[fill="${TEXT}"] { fill: #3d444d } }
@media (prefers-color-scheme: dark) { text[fill="${TEXT}"] { fill: #c3cad2 } }
</style>`;

/** The drawing with the colours of its text left to the page. */
export function followPage(svg: string): string {
  return svg.replace(/(<svg[^>]*>)/, (opening) => `${opening}${STYLE}`);
}
