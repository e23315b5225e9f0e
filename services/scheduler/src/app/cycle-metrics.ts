import type { Clock } from '@kubernode/base';
import { TallyCounter, TallyHistogram, type CountTally, type ValueTally } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { CycleObserver } from '../framework/cycle-observer.ts';

/** From 0.1 ms to 0.2 s. */
const POINT_BUCKETS_SECONDS = Array.from({ length: 12 }, (_, i) => 0.0001 * 2 ** i);
/** From 10 µs to 22 ms. */
export const PLUGIN_BUCKETS_SECONDS: readonly number[] = Array.from({ length: 20 }, (_, i) => 0.00001 * 1.5 ** i);
/** Plugins are timed in one attempt of so many, as in Kubernetes. */
const ATTEMPTS_PER_SAMPLE = 10;

/** How long extension points and plugins take, and how often plugins are asked. */
export class CycleMetrics {
  readonly #clock: Clock;
  readonly #points: Children<ValueTally>;
  readonly #plugins: Children<ValueTally>;
  readonly #evaluations: Children<CountTally>;
  #attempts = 0;

  constructor(registry: Registry, clock: Clock) {
    this.#clock = clock;
    const registers = [registry];
    const points = new TallyHistogram({ name: 'scheduler_framework_extension_point_duration_seconds', help: 'Latency for running all plugins of a specific extension point.', labelNames: ['extension_point', 'status', 'profile'], buckets: POINT_BUCKETS_SECONDS, registers });
    const plugins = new TallyHistogram({ name: 'scheduler_plugin_execution_duration_seconds', help: 'Duration for running a plugin at a specific extension point.', labelNames: ['plugin', 'extension_point', 'status'], buckets: PLUGIN_BUCKETS_SECONDS, registers });
    const evaluations = new TallyCounter({ name: 'scheduler_plugin_evaluation_total', help: 'Number of attempts to schedule pods by each plugin and the extension point (available only in PreFilter, Filter, PreScore, and Score).', labelNames: ['plugin', 'extension_point', 'profile'], registers });
    this.#points = new Children((extension_point, status, profile) => points.labels({ extension_point, status, profile }));
    this.#plugins = new Children((plugin, extension_point, status) => plugins.labels({ plugin, extension_point, status }));
    this.#evaluations = new Children((plugin, extension_point, profile) => evaluations.labels({ plugin, extension_point, profile }));
  }

  /** An attempt of a profile begins. */
  attempt(profile: string): CycleObserver {
    const seconds = (sinceMs: number): number => (this.#clock.monotonicNow() - sinceMs) / 1000;
    return {
      now: () => this.#clock.monotonicNow(),
      point: (point, status, sinceMs) => { this.#points.of(point, status, profile).observe(seconds(sinceMs)); },
      plugin: this.#attempts++ % ATTEMPTS_PER_SAMPLE === 0 ? (plugin, point, status, sinceMs) => { this.#plugins.of(plugin, point, status).observe(seconds(sinceMs)); } : undefined,
      evaluated: (plugin, point, times) => { this.#evaluations.of(plugin, point, profile).inc(times); },
    };
  }
}

/** Children of a metric by its three labels, which are few: found without joining texts. */
class Children<T> {
  readonly #make: (a: string, b: string, c: string) => T;
  readonly #found = new Map<string, Map<string, Map<string, T>>>();

  constructor(make: (a: string, b: string, c: string) => T) { this.#make = make; }

  of(a: string, b: string, c: string): T {
    let byB = this.#found.get(a);
    if (byB === undefined) { byB = new Map(); this.#found.set(a, byB); }
    let byC = byB.get(b);
    if (byC === undefined) { byC = new Map(); byB.set(b, byC); }
    let child = byC.get(c);
    if (child === undefined) { child = this.#make(a, b, c); byC.set(c, child); }
    return child;
  }
}
