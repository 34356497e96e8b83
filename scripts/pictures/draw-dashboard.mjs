import { readFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile } from 'vega-lite';

const [WIDTH, COLUMNS, ROW, GAP] = [1200, 24, 22, 8];
const [PAGE, PANEL, TEXT, GRID] = ['#111217', '#181b1f', '#ccccdc', '#2c3038'];
const COLORS = ['#73bf69', '#f2cc0c', '#5794f2', '#ff780a', '#b877d9', '#f2495c', '#8ab8ff', '#ffa6b0', '#96d98d'];
const STAT_COLORS = { red: '#f2495c', green: '#73bf69', orange: '#ff9830', yellow: '#fade2a' };
const FONT = 'Inter, Helvetica, Arial, sans-serif';
// Of capital letters, as a share of the size; without a canvas vega would take all as wide as the widest of all.
const CHARACTER_WIDTH = 0.66;
vega.textMetrics.width = ({ fontSize = 11 }, text) => String(text).length * CHARACTER_WIDTH * fontSize;

/**
 * Draws the first rows of the dashboard, those above `rows` of its grid, as Grafana lays them out: each panel asks the
 * Prometheus at `origin` its own queries, from `from` to `to` (seconds). The same answers give the same bytes.
 */
export async function drawDashboard(origin, { from, to, rows }) {
  const { title, panels } = JSON.parse(
    readFileSync(new URL('../../k8s/monitoring/grafana-dashboard.json', import.meta.url)),
  );
  const drawn = [];
  for (const panel of panels.filter(({ gridPos }) => gridPos.y + gridPos.h <= rows)) {
    const series = (await Promise.all(panel.targets.map((target) => query(origin, target, { from, to })))).flat();
    drawn.push(await drawPanel(panel, series));
  }
  const height = rows * ROW + 40;
  const heading = `<text x="${GAP}" y="26" font-size="17" font-weight="500">${title}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="${FONT}" fill="${TEXT}"><rect width="100%" height="100%" fill="${PAGE}"/>${heading}${drawn.join('')}</svg>\n`
  );
}

async function query(origin, { expr, legendFormat }, { from, to }) {
  const question = expr.replaceAll('$__rate_interval', '20s').replaceAll(/\$(namespace|instance)\b/g, '.*');
  const search = new URLSearchParams({ query: question, start: from, end: to, step: (to - from) / 100 });
  const answer = await (await fetch(`${origin}/api/v1/query_range?${search}`)).json();
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result.map(({ metric, values }) => ({
    name: nameSeries(metric, legendFormat),
    values: values
      .map(([time, value]) => ({ time: time * 1000, value: Number(value) }))
      .filter(({ value }) => Number.isFinite(value)),
  }));
}

/** As `legendFormat` says; of a method its last word, for which there is room. */
function nameSeries(metric, format = '') {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '').replace(/^\/.*\//, '');
}

async function drawPanel(panel, series) {
  const { gridPos, title } = panel;
  const box = { x: (gridPos.x * WIDTH) / COLUMNS + GAP / 2, y: gridPos.y * ROW + 40 };
  const size = { width: (gridPos.w * WIDTH) / COLUMNS - GAP, height: gridPos.h * ROW - GAP };
  const inside = panel.type === 'stat' ? drawStat(panel, series, size) : await drawLines(panel, series, size);
  return (
    `<svg x="${box.x}" y="${box.y}" width="${size.width}" height="${size.height}"><rect width="100%" height="100%" ` +
    `rx="3" fill="${PANEL}" stroke="${GRID}"/><text x="10" y="18" font-size="12.5" font-weight="500">${title}</text>${inside}</svg>`
  );
}

function drawStat({ fieldConfig }, [first], { width, height }) {
  const value = first?.values.at(-1)?.value;
  const { unit, thresholds } = fieldConfig.defaults;
  const step = thresholds.steps.filter((each) => each.value === null || each.value <= value).at(-1);
  const text = value === undefined ? 'No data' : formatValue(value, unit);
  return (
    `<text x="${width / 2}" y="${height / 2 + 20}" font-size="30" font-weight="600" text-anchor="middle" ` +
    `fill="${STAT_COLORS[step.color] ?? step.color}">${text}</text>`
  );
}

function formatValue(value, unit) {
  const digits = (number) => String(Number(number.toPrecision(3)));
  if (unit === 's') return value < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
  return unit === 'short' ? digits(value) : `${digits(value)} ${unit === 'reqps' ? 'req/s' : 'ops/s'}`;
}

const AXIS_LABELS = {
  s: "datum.value >= 1 ? format(datum.value, '~g') + ' s' : format(datum.value * 1000, '~g') + ' ms'",
  reqps: "format(datum.value, '~g') + ' req/s'",
  ops: "format(datum.value, '~g') + ' ops/s'",
  percentunit: "format(datum.value, '.0%')",
  bytes: "format(datum.value, '~s') + 'B'",
};

async function drawLines({ fieldConfig }, series, { width, height }) {
  const values = series.flatMap(({ name, values: points }) => points.map((point) => ({ name, ...point })));
  const names = [...new Set(series.map(({ name }) => name))].sort();
  const labelExpr = AXIS_LABELS[fieldConfig.defaults.unit];
  const spec = {
    width: width - 20,
    height: height - 32,
    autosize: { type: 'fit', contains: 'padding' },
    background: 'transparent',
    padding: 0,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.5, interpolate: 'linear' },
    encoding: {
      x: {
        field: 'time',
        type: 'temporal',
        title: null,
        axis: { format: '%H:%M', tickCount: 'minute' },
        scale: { type: 'utc' },
      },
      y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 4, ...(labelExpr && { labelExpr }) } },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range: names.map((_, index) => COLORS[index % COLORS.length]) },
        legend: { orient: 'right', title: null, symbolType: 'stroke', rowPadding: 1, labelLimit: 170 },
      },
    },
    config: {
      font: FONT,
      view: { stroke: null },
      axis: { labelColor: TEXT, gridColor: GRID, domain: false, ticks: false, labelFontSize: 11 },
      legend: { labelColor: TEXT, labelFontSize: 11 },
    },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    const svg = (await view.toSVG()).replaceAll(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1))));
    return svg.replace('<svg ', '<svg x="10" y="26" ');
  } finally {
    view.finalize();
  }
}
