import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ScaleAction = 'scale_up' | 'scale_down' | 'none';

/** Told of each look at an autoscaler. */
export interface AutoscalerMetrics {
  onReconciled(key: string, seen: { action: ScaleAction; failed: boolean; desired: number | undefined }): void;
  onComputed(metricType: string, seen: { action: ScaleAction; failed: boolean; seconds: number }): void;
  /** How long the look took that `onReconciled` told of. */
  onLook(key: string, seconds: number): void;
  onGone(key: string): void;
}

const PREFIX = 'horizontal_pod_autoscaler_controller';

/** Kubernetes' metrics of autoscalers. For one registry as often as one likes: a new term of the leader goes on counting. */
export function autoscalerMetrics(registry: Registry): AutoscalerMetrics {
  const registers = [registry];
  const known = <T>(name: string, make: (name: string) => T): T => (registry.getSingleMetric(`${PREFIX}_${name}`) as T | undefined) ?? make(`${PREFIX}_${name}`); // made here alone
  const counter = (name: string, help: string, labelNames: string[]): Counter => known(name, (full) => new Counter({ name: full, help, labelNames, registers }));
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => known(name, (full) => new Gauge({ name: full, help, labelNames, registers }));
  const reconciled = counter('reconciliations_total', 'Number of reconciliations of HPA controller', ['action', 'error']);
  const computed = counter('metric_computation_total', 'Number of metric computations', ['action', 'error', 'metric_type']);
  const SECONDS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
  const histogram = (name: string, help: string, labelNames: string[]): Histogram => known(name, (full) => new Histogram({ name: full, help, labelNames, buckets: SECONDS, registers }));
  const lookSeconds = histogram('reconciliation_duration_seconds', 'The time(seconds) that the HPA controller takes to reconcile once.', ['action', 'error']);
  const computeSeconds = histogram('metric_computation_duration_seconds', 'The time(seconds) that the HPA controller takes to calculate one metric.', ['action', 'error', 'metric_type']);
  const told = new Map<string, { action: string; error: string }>();
  const count = gauge('num_horizontal_pod_autoscalers', 'Current number of controlled HPA objects.');
  const desiredReplicas = gauge('desired_replicas', 'Current desired replica count for HPA objects.', ['namespace', 'hpa_name']);
  const keys = new Set<string>();
  desiredReplicas.reset();
  count.set(0);
  const labelsOf = (key: string): { namespace: string; hpa_name: string } => {
    const [namespace = '', hpa_name = ''] = key.split('/');
    return { namespace, hpa_name };
  };
  return {
    onReconciled(key, { action, failed, desired }) {
      keys.add(key);
      count.set(keys.size);
      const labels = { action, error: errorOf(failed) };
      reconciled.inc(labels);
      told.set(key, labels);
      if (desired !== undefined) desiredReplicas.set(labelsOf(key), desired);
    },
    onComputed(metric_type, { action, failed, seconds }) {
      const labels = { action: failed ? 'none' : action, error: errorOf(failed), metric_type };
      computed.inc(labels);
      computeSeconds.observe(labels, seconds);
    },
    onLook(key, seconds) {
      const labels = told.get(key);
      if (labels !== undefined) lookSeconds.observe(labels, seconds);
      told.delete(key);
    },
    onGone(key) {
      keys.delete(key);
      told.delete(key);
      count.set(keys.size);
      desiredReplicas.remove(labelsOf(key));
    },
  };
}

function errorOf(failed: boolean): string { return failed ? 'internal' : 'none'; }
