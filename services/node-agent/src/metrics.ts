import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const LONG_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface NodeMetrics {
  /** Of /metrics/probes alone: there are as many as probes. */
  probes: Registry;
  runtimeOperations: Counter<'operation_type'>;
  runtimeErrors: Counter<'operation_type'>;
  runtimeDuration: Histogram<'operation_type'>;
  relistDuration: Histogram;
  relistInterval: Histogram;
  podStartDuration: Histogram;
  podWorkerDuration: Histogram<'operation_type'>;
  cgroupDuration: Histogram<'operation_type'>;
  runningPods: Gauge;
  runningContainers: Gauge<'container_state'>;
  nodeConfigError: Gauge;
  nodeName: Gauge<'node'>;
  proberResults: Counter<'probe_type' | 'result' | 'container' | 'pod' | 'namespace' | 'pod_uid'>;
  proberDuration: Histogram<'probe_type' | 'container' | 'pod' | 'namespace'>;
}

/** The kubelet's names, so that its dashboards and alerts work. */
export function createNodeMetrics(registry: Registry): NodeMetrics {
  const registers = [registry];
  const buckets = LONG_BUCKETS_SECONDS;
  const probes = new Registry();
  return {
    probes,
    runtimeOperations: new Counter({ name: 'kubelet_runtime_operations_total', help: 'Calls of the container runtime.', labelNames: ['operation_type'], registers }),
    runtimeErrors: new Counter({ name: 'kubelet_runtime_operations_errors_total', help: 'Calls of the container runtime that failed.', labelNames: ['operation_type'], registers }),
    runtimeDuration: new Histogram({ name: 'kubelet_runtime_operations_duration_seconds', help: 'How long calls of the container runtime took.', labelNames: ['operation_type'], buckets, registers }),
    relistDuration: new Histogram({ name: 'kubelet_pleg_relist_duration_seconds', help: 'How long a listing of all containers took.', buckets, registers }),
    relistInterval: new Histogram({ name: 'kubelet_pleg_relist_interval_seconds', help: 'Time between listings of all containers.', buckets, registers }),
    podStartDuration: new Histogram({ name: 'kubelet_pod_start_duration_seconds', help: 'From first sight of a pod to its containers running.', buckets, registers }),
    podWorkerDuration: new Histogram({ name: 'kubelet_pod_worker_duration_seconds', help: 'How long one sync of a pod took.', labelNames: ['operation_type'], buckets, registers }),
    cgroupDuration: new Histogram({ name: 'kubelet_cgroup_manager_duration_seconds', help: 'How long changes of control groups took.', labelNames: ['operation_type'], buckets, registers }),
    runningPods: new Gauge({ name: 'kubelet_running_pods', help: 'Pods with a ready sandbox.', registers }),
    runningContainers: new Gauge({ name: 'kubelet_running_containers', help: 'Containers by state.', labelNames: ['container_state'], registers }),
    nodeConfigError: new Gauge({ name: 'kubelet_node_config_error', help: 'Always 0: an agent whose configuration is wrong does not start.', registers }),
    nodeName: new Gauge({ name: 'kubelet_node_name', help: "The node's name, as a label; the value is always 1.", labelNames: ['node'], registers }),
    proberResults: new Counter({ name: 'prober_probe_total', help: 'Probes by their result.', labelNames: ['probe_type', 'result', 'container', 'pod', 'namespace', 'pod_uid'], registers: [probes] }),
    proberDuration: new Histogram({ name: 'prober_probe_duration_seconds', help: 'How long probes took.', labelNames: ['probe_type', 'container', 'pod', 'namespace'], registers: [probes] }),
  };
}
