import { colorScale } from './colors';
import type { Axis, LinePlot } from './plot';
import { TARGET } from './theme';

const SIZE = { width: 620, height: 300 };
const LEGEND = { symbolType: 'stroke', symbolOpacity: 1, symbolStrokeWidth: 3, symbolSize: 200 };

/** The plot in the language of vega-lite: bands below, lines above, what they are held against on top. */
export function lineSpec({ x, y, lines, targets = [], spans = [] }: LinePlot): object {
  const values = lines.flatMap(({ name, points }) => points.map((point) => ({ ...point, line: name })));
  const ofX = {
    field: 'x',
    ...encode(
      x,
      values.map((each) => each.x),
    ),
  };
  const ofY = {
    ...encode(
      y,
      values.map((each) => each.y),
    ),
  };
  const legend = { ...LEGEND, columns: 4 };
  const color = { field: 'line', type: 'nominal', scale: colorScale(lines), legend };
  const hasBand = values.some(({ low }) => low !== undefined);
  return {
    ...SIZE,
    layer: [
      ...spans.map(({ from, to, label }) => ({
        data: { values: [{ from, to, label }] },
        encoding: { x: { ...ofX, field: 'from' }, x2: { field: 'to' } },
        layer: [
          { mark: { type: 'rect', fill: TARGET, opacity: 0.12 } },
          {
            mark: { type: 'text', align: 'left', baseline: 'top', dx: 6, dy: 6 },
            encoding: { text: { field: 'label' }, y: { value: 0 }, x2: null },
          },
        ],
      })),
      {
        data: { values },
        encoding: { x: ofX, color },
        layer: [
          ...(hasBand
            ? [
                {
                  mark: { type: 'area', opacity: 0.2 },
                  encoding: { y: { ...ofY, field: 'low', stack: null }, y2: { field: 'high' } },
                },
              ]
            : []),
          {
            mark: { type: 'line', point: values.length <= 60, strokeWidth: 2 },
            encoding: { y: { ...ofY, field: 'y' } },
          },
        ],
      },
      ...targets.map(({ value, label }) => ({
        data: { values: [{ value, label }] },
        encoding: { y: { ...ofY, field: 'value' } },
        layer: [
          { mark: { type: 'rule', color: TARGET, strokeDash: [6, 4], strokeWidth: 1.5 } },
          {
            mark: { type: 'text', align: 'right', baseline: 'bottom', dx: -4, dy: -3, color: TARGET },
            encoding: { x: { value: 'width' }, text: { field: 'label' } },
          },
        ],
      })),
    ],
  };
}

function encode({ title, scale = 'linear', from, to }: Axis, values: readonly number[]): object {
  if (scale === 'ordinal') return { type: 'ordinal', title, axis: { labelAngle: 0 }, scale: { type: 'point' } };
  const least = from ?? (scale === 'log' ? Math.min(...values) : 0);
  const domain = { domainMin: least, ...(to === undefined ? {} : { domainMax: to }) };
  return { type: 'quantitative', title, scale: { type: scale, ...domain, nice: to === undefined, clamp: true } };
}
