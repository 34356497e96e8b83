import type { BarPlot, Panel } from './plot';
import { BASELINE, COLORS, TARGET } from './theme';

const BAR_HEIGHT = 20;
const PLOT_WIDTH = 640;
const SIDES = { domain: ['what it is compared with', 'Postern'], range: [BASELINE, COLORS[0]] };

/** The plot in the language of vega-lite: rows of panels, names at the first panel of each. */
export function barSpec({ rows }: BarPlot): object {
  const legend = rows.flat().some(({ bars }) => bars.some(({ isBaseline }) => isBaseline === true)) ? {} : null;
  return {
    spacing: 12,
    vconcat: rows.map((panels) => ({
      hconcat: panels.map((panel, at) =>
        panelSpec(panel, at === 0, Math.round(PLOT_WIDTH / panels.length) - 20, legend),
      ),
      spacing: 14,
    })),
  };
}

function panelSpec(
  { title, bars, target, axisTo }: Panel,
  isFirst: boolean,
  width: number,
  legend: object | null,
): object {
  const values = bars.map((bar) => ({
    ...bar,
    label: shortNumber(bar.value),
    side: bar.isBaseline === true ? SIDES.domain[0] : SIDES.domain[1],
  }));
  const largest = axisTo ?? Math.max(...bars.map(({ value, high }) => Math.max(value, high ?? 0)), target?.value ?? 0);
  // Room for the figure behind the longest bar.
  const scale = { domain: [Math.min(0, ...bars.map(({ value }) => value)), largest * 1.4 || 1], nice: false };
  const x = { type: 'quantitative', scale, title: null, axis: { tickCount: 4 } };
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    title: null,
    axis: isFirst ? { ticks: false, domain: false } : null,
  };
  return {
    title: { text: title, fontSize: 12, fontWeight: 'normal', anchor: 'start', frame: 'group' },
    width,
    height: bars.length * BAR_HEIGHT,
    layer: [
      {
        data: { values },
        encoding: { y },
        layer: [
          {
            mark: { type: 'bar', height: { band: 0.75 } },
            encoding: {
              x: { ...x, field: 'value' },
              color: {
                field: 'side',
                type: 'nominal',
                scale: SIDES,
                legend,
              },
            },
          },
          {
            transform: [{ filter: 'isValid(datum.low)' }],
            mark: { type: 'rule', strokeWidth: 2, opacity: 0.7, color: COLORS[1] },
            encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
          },
          {
            transform: [{ calculate: 'isValid(datum.high) ? max(datum.high, datum.value) : datum.value', as: 'end' }],
            mark: { type: 'text', align: 'left', dx: 5 },
            encoding: { x: { ...x, field: 'end' }, text: { field: 'label' } },
          },
        ],
      },
      ...(target === undefined ? [] : [targetSpec(target, x)]),
    ],
  };
}

function targetSpec({ value, label }: NonNullable<Panel['target']>, x: object): object {
  return {
    data: { values: [{ value, label }] },
    encoding: { x: { ...x, field: 'value' } },
    layer: [
      { mark: { type: 'rule', color: TARGET, strokeDash: [6, 4], strokeWidth: 1.5 } },
      {
        mark: { type: 'text', align: 'right', baseline: 'bottom', dy: -2, color: TARGET, fontSize: 11 },
        encoding: { y: { value: 0 }, text: { field: 'label' } },
      },
    ],
  };
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en');
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
