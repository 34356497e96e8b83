/**
 * What can be drawn, as plain data: results.json holds it, `drawPlot` draws it. Units stand in the titles of the axes.
 */
export type Plot = LinePlot | BarPlot;

export interface Axis {
  /** What it measures, with the unit: `p99, ms`. */
  readonly title: string;
  /** `ordinal`: the values stand side by side at equal distances. Linear without it. */
  readonly scale?: 'linear' | 'log' | 'ordinal';
  /** The least that is shown: 0 without it, or the smallest value on a logarithmic scale. */
  readonly from?: number;
  readonly to?: number;
}

/** A value that is to be reached, drawn across the plot with its label. */
export interface Target {
  readonly value: number;
  readonly label: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** How far the rounds were apart: drawn as a band round the line. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  readonly name: string;
  /** What others are compared with: drawn in grey. */
  readonly isBaseline?: boolean;
  readonly points: readonly Point[];
}

/** Something that lasted from one x to another, drawn as a shaded part of the plot. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Values over something that can be counted: load, time, size. */
export interface LinePlot {
  readonly kind: 'lines';
  /** Names the file: `<section>-<name>.svg`. */
  readonly name: string;
  readonly title: string;
  /** One sentence that says how to read it: it stands below the title and is the caption. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  readonly targets?: readonly Target[];
  readonly spans?: readonly Span[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly isBaseline?: boolean;
}

/** Bars on an axis of their own, which begins at zero. */
export interface Panel {
  /** What the bars measure, with the unit and what they have in common: `64 at once: p99, ms`. */
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly target?: Target;
  /** What the axis reaches to; the largest value without it. */
  readonly axisTo?: number;
}

/** Rows of panels; the panels of one row have bars of the same names in the same order. */
export interface BarPlot {
  readonly kind: 'bars';
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly rows: readonly (readonly Panel[])[];
}
