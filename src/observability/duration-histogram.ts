import type { Histogram, Registry } from 'prom-client';

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly [string, string];
  /** Upper bounds of the buckets, inclusive and ascending, in seconds. */
  readonly buckets: readonly number[];
}

/** The durations seen under one pair of label values. */
export class Durations {
  /** How many ended in each bucket, and beyond the last bound; not cumulative. */
  readonly counts: Float64Array;
  sumSeconds = 0;

  constructor(private readonly boundsMs: Float64Array) {
    this.counts = new Float64Array(boundsMs.length + 1);
  }

  observe(durationMs: number): void {
    let at = 0;
    while (at < this.boundsMs.length && durationMs > (this.boundsMs[at] as number)) at += 1;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sumSeconds += durationMs / 1000;
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * A histogram that the registry tells like one of prom-client, and that counts in a thirtieth of the time: prom-client
 * hashes and validates the labels of every observation, which was the dearest single part of a warm Validate.
 */
export class DurationHistogram {
  readonly name: string;
  readonly #boundsMs: Float64Array;
  readonly #all: { readonly first: string; readonly second: string; readonly durations: Durations }[] = [];

  constructor(
    private readonly options: DurationHistogramOptions,
    registry: Registry,
  ) {
    this.name = options.name;
    this.#boundsMs = Float64Array.from(options.buckets, (seconds) => seconds * 1000);
    // A registry asks of a metric its name and `get`; the type names prom-client's own classes only.
    registry.registerMetric(this as unknown as Histogram);
  }

  /** The series of these label values, made now. To be asked for once for each pair. */
  labels(first: string, second: string): Durations {
    const durations = new Durations(this.#boundsMs);
    this.#all.push({ first, second, durations });
    return durations;
  }

  /** What `get` of prom-client's Histogram gives. */
  async get() {
    const { name, help } = this.options;
    return { name, help, type: 'histogram', aggregator: 'sum', values: this.#samples() };
  }

  #samples(): Sample[] {
    const { name, labelNames, buckets } = this.options;
    return this.#all.flatMap(({ first, second, durations }) => {
      const labels = { [labelNames[0]]: first, [labelNames[1]]: second };
      let count = 0;
      const samples: Sample[] = [...buckets, '+Inf'].map((le, at) => {
        count += durations.counts[at] ?? 0;
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
      });
      samples.push({ metricName: `${name}_sum`, labels, value: durations.sumSeconds });
      samples.push({ metricName: `${name}_count`, labels, value: count });
      return samples;
    });
  }
}
