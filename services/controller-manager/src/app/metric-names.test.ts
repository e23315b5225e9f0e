import { WorkQueueMetrics } from '@kubernode/client';
import { createRegistry } from '@kubernode/component-base';
import { cronJobMetrics } from '../controllers/cronjob/metrics.ts';
import { mirrorMetrics } from '../controllers/endpoint-slice-mirroring/metrics.ts';
import { sliceMetrics } from '../controllers/endpoint-slices/metrics.ts';
import { autoscalerMetrics } from '../controllers/horizontal-pod-autoscaler/metrics.ts';
import { jobMetrics, ttlMetrics } from '../controllers/job/metrics.ts';
import { rangeMetrics } from '../controllers/node/ipam/metrics.ts';
import { nodeMetrics } from '../controllers/node/metrics.ts';
import { rootCaMetrics } from '../controllers/root-ca-metrics.ts';
import { volumeMetrics } from '../controllers/volume/metrics.ts';

/** What kube-controller-manager 1.36 shows of the controllers that are on by default, by the controller that tells of it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  workqueue: ['adds_total', 'depth', 'queue_duration_seconds', 'work_duration_seconds', 'unfinished_work_seconds', 'longest_running_processor_seconds', 'retries_total'],
  job_controller: ['job_sync_duration_seconds', 'job_syncs_total', 'jobs_finished_total', 'jobs_by_external_controller_total', 'job_pods_finished_total', 'pod_failures_handled_by_failure_policy_total', 'job_finished_indexes_total', 'job_pods_creation_total'],
  cronjob_controller: ['job_creation_skew_duration_seconds'],
  ttl_after_finished_controller: ['job_deletion_duration_seconds'],
  horizontal_pod_autoscaler_controller: ['reconciliations_total', 'reconciliation_duration_seconds', 'metric_computation_total', 'metric_computation_duration_seconds', 'num_horizontal_pod_autoscalers', 'desired_replicas'],
  endpoint_slice_controller: ['endpoints_added_per_sync', 'endpoints_removed_per_sync', 'endpoints_desired', 'num_endpoint_slices', 'desired_endpoint_slices', 'changes', 'endpointslices_changed_per_sync', 'syncs', 'services_count_by_traffic_distribution'],
  endpoint_slice_mirroring_controller: ['endpoints_added_per_sync', 'endpoints_updated_per_sync', 'endpoints_removed_per_sync', 'addresses_skipped_per_sync', 'endpoints_sync_duration', 'endpoints_desired', 'num_endpoint_slices', 'desired_endpoint_slices', 'changes'],
  node_ipam_controller: ['cidrset_cidrs_allocations_total', 'cidrset_cidrs_releases_total', 'cirdset_max_cidrs', 'cidrset_usage_cidrs', 'cidrset_allocation_tries_per_request'],
  node_collector: ['zone_health', 'zone_size', 'unhealthy_nodes_in_zone', 'evictions_total', 'update_node_health_duration_seconds', 'update_all_nodes_health_duration_seconds'],
  taint_eviction_controller: ['pod_deletions_total', 'pod_deletion_duration_seconds'],
  pod_gc_collector: ['force_delete_pods_total', 'force_delete_pod_errors_total'],
  root_ca_cert_publisher: ['sync_total', 'sync_duration_seconds'],
  ephemeral_volume_controller: ['create_total', 'create_failures_total'],
  attach_detach_controller: ['attachdetach_controller_forced_detaches'],
  pv_collector: ['total_pv_count', 'bound_pv_count', 'unbound_pv_count', 'bound_pvc_count', 'unbound_pvc_count'],
};

/** Which labels a name has; those without are not listed. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  job_controller_job_sync_duration_seconds: ['completion_mode', 'result', 'action'], job_controller_jobs_by_external_controller_total: ['controller_name'],
  horizontal_pod_autoscaler_controller_reconciliation_duration_seconds: ['action', 'error'], horizontal_pod_autoscaler_controller_metric_computation_duration_seconds: ['action', 'error', 'metric_type'],
  endpoint_slice_mirroring_controller_changes: ['operation'], node_ipam_controller_cidrset_usage_cidrs: ['clusterCIDR'], root_ca_cert_publisher_sync_total: ['code'],
};

test("the controllers show kube-controller-manager's metrics", async () => {
  const registry = createRegistry();
  new WorkQueueMetrics(registry);
  for (const make of [jobMetrics, ttlMetrics, cronJobMetrics, autoscalerMetrics, sliceMetrics, mirrorMetrics, rangeMetrics, nodeMetrics, rootCaMetrics]) make(registry);
  volumeMetrics(registry, { volumes: () => [], claims: () => [] }).onLead();
  const text = await registry.metrics();
  expect(Object.entries(NAMES).flatMap(([prefix, names]) => names.map((name) => `${prefix}_${name}`)).filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
  expect(Object.fromEntries(Object.keys(LABELS).map((name) => [name, (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames]))).toEqual(LABELS); // prom-client keeps them there
});

test("what becomes of nodes' ranges is counted", async () => {
  const registry = createRegistry();
  const metrics = rangeMetrics(registry);
  metrics.onSet('10.0.0.0/16', 256);
  metrics.onAllocated('10.0.0.0/16', 2, 0.5);
  metrics.onReleased('10.0.0.0/16', 0.25);
  const text = await registry.metrics();
  for (const line of ['cirdset_max_cidrs{clusterCIDR="10.0.0.0/16"} 256', 'cidrset_usage_cidrs{clusterCIDR="10.0.0.0/16"} 0.25', 'cidrset_allocation_tries_per_request_sum{clusterCIDR="10.0.0.0/16"} 2']) expect(text).toContain(`node_ipam_controller_${line}`);
});
