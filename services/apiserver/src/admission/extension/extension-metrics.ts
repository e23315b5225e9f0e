import { Counter, Histogram, type Registry } from 'prom-client';

export interface ExtensionCall { name: string; phase: 'admit' | 'validate'; operation: string; outcome: 'allowed' | 'refused' | 'failed' | 'timeout'; seconds: number }

export interface ExtensionMetrics { called(call: ExtensionCall): void }

const SECONDS_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

/** Calls of extensions under the name that kube-apiserver has for those of its plugins, and failures beside it. */
export function createExtensionMetrics(registry: Registry): ExtensionMetrics {
  const registers = [registry];
  const seconds = new Histogram({ registers, name: 'apiserver_admission_controller_admission_duration_seconds', help: 'How long admission extensions took.', labelNames: ['name', 'operation', 'type', 'rejected'], buckets: SECONDS_BUCKETS });
  const failures = new Counter({ registers, name: 'kubernode_admission_extension_failures_total', help: 'Calls of admission extensions that threw (failed) or took too long (timeout).', labelNames: ['name', 'type', 'reason'] });
  return {
    called({ name, phase, operation, outcome, seconds: took }) {
      seconds.observe({ name, operation, type: phase, rejected: String(outcome !== 'allowed') }, took);
      if (outcome === 'failed' || outcome === 'timeout') failures.inc({ name, type: phase, reason: outcome });
    },
  };
}
