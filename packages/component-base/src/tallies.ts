import type { Metric, Registry } from 'prom-client';

interface TalliesInit<L extends string> { name: string; help: string; registers: readonly Registry[]; labelNames?: readonly L[] }
interface Sample { metricName?: string; labels: Readonly<Record<string, string>>; value: number }

/** One child of a counter. */
export interface CountTally { inc(count?: number): void }
/** One child of a histogram; `times` observations of the same value at once. */
export interface ValueTally { observe(value: number, times?: number): void }

/**
 * A counter for paths on which every request and event counts. prom-client validates and joins the labels with each increment; here
 * whoever counts keeps the child that `labels` found, and adding is adding. Shown beside prom-client's own metrics by the same registry.
 */
export class TallyCounter<L extends string = never> {
  readonly #children = new Map<string, Count>();

  constructor(init: TalliesInit<L>) {
    register(init, 'counter', () => [...this.#children.values()].filter(({ value }) => value > 0).map(({ labels, value }) => ({ labels, value })));
  }

  labels(labels: Readonly<Record<L, string>>): CountTally { return childOf(this.#children, labels, () => new Count(labels)); }
}

/** A histogram for the same paths as TallyCounter. */
export class TallyHistogram<L extends string = never> {
  readonly #children = new Map<string, Buckets>();
  readonly #bounds: readonly number[];

  constructor({ buckets, ...init }: TalliesInit<L> & { /** Upper bounds, ascending. */ buckets: readonly number[] }) {
    this.#bounds = buckets;
    register(init, 'histogram', () => [...this.#children.values()].flatMap((child) => child.samples(init.name)));
  }

  labels(labels: Readonly<Record<L, string>>): ValueTally { return childOf(this.#children, labels, () => new Buckets(labels, this.#bounds)); }
}

class Count implements CountTally {
  readonly labels: Readonly<Record<string, string>>;
  value = 0;
  constructor(labels: Readonly<Record<string, string>>) { this.labels = labels; }
  inc(count = 1): void { this.value += count; }
}

class Buckets implements ValueTally {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one is what lies above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++; // bucket is an index of bounds
    this.#counts[bucket] = (this.#counts[bucket] as number) + times; // one longer than bounds
    this.#sum += value * times;
  }

  samples(name: string): Sample[] {
    const labels = this.#labels;
    if (Object.keys(labels).length > 0 && this.#counts.every((one) => one === 0)) return []; // as a vector without that child
    let count = 0;
    const buckets = [...this.#counts].map((one, index) => {
      count += one;
      const bound = this.#bounds[index];
      return { metricName: `${name}_bucket`, labels: { le: bound === undefined ? '+Inf' : String(bound), ...labels }, value: count };
    });
    return [...buckets, { metricName: `${name}_sum`, labels, value: this.#sum }, { metricName: `${name}_count`, labels, value: count }];
  }
}

function childOf<T>(children: Map<string, T>, labels: Readonly<Record<string, string>>, create: () => T): T {
  const key = JSON.stringify(Object.entries(labels).sort());
  let child = children.get(key);
  if (child === undefined) { child = create(); children.set(key, child); }
  return child;
}

function register({ name, help, registers }: Pick<TalliesInit<string>, 'name' | 'help' | 'registers'>, type: 'counter' | 'histogram', samples: () => Sample[]): void {
  const metric = { name, help, type, get: () => Promise.resolve({ name, help, type, values: samples() }), reset: () => undefined };
  for (const registry of registers) registry.registerMetric(metric as unknown as Metric); // the registry asks a metric for its name and `get` alone
}
