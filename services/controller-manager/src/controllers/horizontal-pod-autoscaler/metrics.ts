import { Counter, Gauge, type Registry } from 'prom-client';

export type ScaleAction = 'scale_up' | 'scale_down' | 'none';

/** Told of each look at an autoscaler. */
export interface AutoscalerMetrics {
  onReconciled(key: string, seen: { action: ScaleAction; failed: boolean; desired: number | undefined }): void;
  onComputed(metricType: string, seen: { action: ScaleAction; failed: boolean }): void;
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
      reconciled.inc({ action, error: errorOf(failed) });
      if (desired !== undefined) desiredReplicas.set(labelsOf(key), desired);
    },
    onComputed: (metric_type, { action, failed }) => { computed.inc({ action: failed ? 'none' : action, error: errorOf(failed), metric_type }); },
    onGone(key) {
      keys.delete(key);
      count.set(keys.size);
      desiredReplicas.remove(labelsOf(key));
    },
  };
}

function errorOf(failed: boolean): string { return failed ? 'internal' : 'none'; }
