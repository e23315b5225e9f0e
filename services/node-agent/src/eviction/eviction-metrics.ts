import { Counter, Histogram, type Registry } from 'prom-client';

export interface EvictionMetrics {
  /** A pod was evicted for this signal, or for a limit of its own. */
  evicted(signal: string): void;
  /** A critical pod took the place of another, for want of this. */
  preempted(signal: string): void;
  /** How old the figures were on which an eviction was decided. */
  decidedOn(signal: string, ageSeconds: number): void;
}

const AGE_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The kubelet's names. */
export function createEvictionMetrics(registry: Registry): EvictionMetrics {
  const registers = [registry];
  const evictions = new Counter({ name: 'kubelet_evictions', help: 'Pods that were evicted, by the signal that asked for it.', labelNames: ['eviction_signal'], registers });
  const preemptions = new Counter({ name: 'kubelet_preemptions', help: 'Pods that made room for a critical one, by what was short.', labelNames: ['preemption_signal'], registers });
  const ages = new Histogram({ name: 'kubelet_eviction_stats_age_seconds', help: 'Age of the figures on which an eviction was decided.', labelNames: ['eviction_signal'], buckets: AGE_BUCKETS_SECONDS, registers });
  return {
    evicted: (eviction_signal) => { evictions.inc({ eviction_signal }); },
    preempted: (preemption_signal) => { preemptions.inc({ preemption_signal }); },
    decidedOn: (eviction_signal, ageSeconds) => { ages.observe({ eviction_signal }, ageSeconds); },
  };
}
