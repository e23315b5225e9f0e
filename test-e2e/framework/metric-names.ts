/** Where metrics are: the jobs of charts/monitoring, and which page of them. */
export type MetricsPage = 'apiserver' | 'scheduler' | 'controller-manager' | 'state' | 'kubelet' | 'cadvisor' | 'resource' | 'probes' | 'proxy' | 'dns' | 'network-policy' | 'etcd' | 'haproxy';

/** A metric that rules and dashboards read: its name, labels they match or group by, and bounds of buckets they ask for. */
export interface WantedMetric { page: MetricsPage; name: string; labels?: readonly string[]; le?: readonly string[] }

const REQUEST = ['verb', 'resource', 'subresource', 'scope', 'group', 'version', 'component'];
const CONTAINER = ['namespace', 'pod', 'container', 'image', 'id', 'name'];
const CLAIM = ['namespace', 'persistentvolumeclaim'];
const GRPC = ['grpc_service', 'grpc_method', 'grpc_type'];
const POD = ['namespace', 'pod', 'uid'];

const of = (page: MetricsPage, names: Readonly<Record<string, readonly string[]>>): WantedMetric[] => Object.entries(names).map(([name, labels]) => ({ page, name, labels }));

/** What every process of ours shows. */
const ofProcesses: readonly WantedMetric[] = (['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy'] as const).flatMap((page) => of(page, {
  process_cpu_seconds_total: [], process_resident_memory_bytes: [], process_start_time_seconds: [], go_goroutines: [], kubernetes_build_info: ['git_version', 'major', 'minor'],
}));

/** Of those that speak to the API. */
const ofClients: readonly WantedMetric[] = (['scheduler', 'controller-manager', 'kubelet', 'proxy'] as const).flatMap((page) => of(page, {
  rest_client_requests_total: ['code', 'method', 'host'], rest_client_request_duration_seconds_bucket: ['verb', 'host'],
}));

/** The names that the rules and dashboards of kubernetes-mixin and of etcd's mixin read, as far as a process of this version has them. */
export const wantedMetrics: readonly WantedMetric[] = [
  ...ofProcesses, ...ofClients,
  { page: 'apiserver', name: 'apiserver_request_total', labels: [...REQUEST, 'code', 'dry_run', 'system_client'] },
  { page: 'apiserver', name: 'apiserver_request_sli_duration_seconds_bucket', labels: REQUEST, le: ['0.05', '0.1', '0.2', '0.4', '0.6', '0.8', '1', '1.25', '1.5', '2', '3', '4', '5', '6', '8', '10', '15', '20', '30', '45', '60', '+Inf'] },
  ...of('apiserver', {
    apiserver_request_sli_duration_seconds_count: REQUEST, apiserver_client_certificate_expiration_seconds_bucket: [], apiserver_client_certificate_expiration_seconds_count: [],
    aggregator_unavailable_apiservice: ['name'], aggregator_unavailable_apiservice_total: ['name', 'reason'], apiserver_current_inflight_requests: ['request_kind'], apiserver_longrunning_requests: REQUEST,
    apiserver_storage_objects: ['resource'], apiserver_watch_events_total: ['group', 'version', 'resource'], etcd_request_duration_seconds_bucket: ['operation', 'resource'], apiserver_admission_webhook_rejection_count: ['name', 'operation', 'type', 'error_type', 'rejection_code'],
    apiserver_admission_webhook_admission_duration_seconds_bucket: ['name', 'operation', 'rejected', 'type'],
  }),
  ...of('controller-manager', {
    workqueue_adds_total: ['name'], workqueue_depth: ['name'], workqueue_queue_duration_seconds_bucket: ['name'], workqueue_work_duration_seconds_bucket: ['name'], workqueue_retries_total: ['name'], leader_election_master_status: ['name'], running_managed_controllers: ['name', 'manager'],
  }),
  ...of('scheduler', {
    scheduler_schedule_attempts_total: ['result', 'profile'], scheduler_scheduling_attempt_duration_seconds_bucket: ['result', 'profile'], scheduler_scheduling_attempt_duration_seconds_count: ['result', 'profile'],
    scheduler_scheduling_algorithm_duration_seconds_bucket: [], scheduler_pod_scheduling_sli_duration_seconds_bucket: ['attempts'], scheduler_pending_pods: ['queue'], leader_election_master_status: ['name'],
  }),
  ...of('kubelet', {
    kubelet_node_name: ['node'], kubelet_running_pods: [], kubelet_running_containers: ['container_state'], kubelet_node_config_error: [], kubelet_runtime_operations_total: ['operation_type'], kubelet_runtime_operations_errors_total: ['operation_type'],
    kubelet_runtime_operations_duration_seconds_bucket: ['operation_type'], kubelet_pod_start_duration_seconds_bucket: [], kubelet_pod_start_duration_seconds_count: [], kubelet_pod_worker_duration_seconds_bucket: ['operation_type'], kubelet_pod_worker_duration_seconds_count: ['operation_type'],
    kubelet_pleg_relist_duration_seconds_bucket: [], kubelet_pleg_relist_duration_seconds_count: [], kubelet_pleg_relist_interval_seconds_bucket: [], kubelet_cgroup_manager_duration_seconds_bucket: ['operation_type'], kubelet_cgroup_manager_duration_seconds_count: ['operation_type'],
    storage_operation_duration_seconds_bucket: ['operation_name', 'volume_plugin', 'status'], storage_operation_duration_seconds_count: ['operation_name', 'volume_plugin', 'status'], volume_manager_total_volumes: ['state', 'plugin_name'],
    kubelet_volume_stats_available_bytes: CLAIM, kubelet_volume_stats_capacity_bytes: CLAIM, kubelet_volume_stats_used_bytes: CLAIM, kubelet_volume_stats_inodes: CLAIM, kubelet_volume_stats_inodes_free: CLAIM, kubelet_volume_stats_inodes_used: CLAIM,
  }),
  ...of('cadvisor', {
    container_cpu_usage_seconds_total: [...CONTAINER, 'cpu'], container_cpu_cfs_periods_total: CONTAINER, container_cpu_cfs_throttled_periods_total: CONTAINER, container_memory_working_set_bytes: CONTAINER, container_memory_rss: CONTAINER, container_memory_cache: CONTAINER,
    container_memory_swap: CONTAINER, container_network_receive_bytes_total: [...POD.slice(0, 2), 'interface'], container_network_transmit_bytes_total: ['interface'], container_network_receive_packets_total: ['interface'], container_network_transmit_packets_total: ['interface'],
    container_network_receive_packets_dropped_total: ['interface'], container_network_transmit_packets_dropped_total: ['interface'],
    machine_cpu_cores: [], machine_memory_bytes: [],
  }),
  ...of('resource', { node_cpu_usage_seconds_total: [], node_memory_working_set_bytes: [], container_cpu_usage_seconds_total: ['namespace', 'pod', 'container'], container_memory_working_set_bytes: ['namespace', 'pod', 'container'], pod_cpu_usage_seconds_total: ['namespace', 'pod'] }),
  ...of('probes', { prober_probe_total: ['probe_type', 'result', 'namespace', 'pod', 'container', 'pod_uid'] }),
  { page: 'proxy', name: 'kubeproxy_network_programming_duration_seconds_bucket', labels: ['ip_family'], le: ['0.25', '0.5', '1', '30', '59', '60', '115', '120', '300'] },
  ...of('proxy', { kubeproxy_sync_proxy_rules_duration_seconds_bucket: ['ip_family'], kubeproxy_sync_proxy_rules_duration_seconds_count: ['ip_family'], kubeproxy_network_programming_duration_seconds_count: ['ip_family'], kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total: ['ip_family'], kubeproxy_sync_proxy_rules_last_timestamp_seconds: ['ip_family'] }),
  ...of('dns', {
    coredns_dns_requests_total: ['server', 'zone', 'proto', 'family', 'type'], coredns_dns_responses_total: ['server', 'zone', 'rcode'], coredns_dns_request_duration_seconds_bucket: ['server', 'zone'], coredns_dns_request_size_bytes_bucket: ['proto'], coredns_dns_response_size_bytes_bucket: ['proto'],
    coredns_cache_entries: ['type'], coredns_cache_misses_total: [], coredns_panics_total: [],
  }),
  ...of('network-policy', { network_policy_sync_duration_seconds_bucket: [], network_policy_sync_failures_total: [], network_policy_sync_last_timestamp_seconds: [], network_policy_rules: ['ip_family'], network_policy_isolated_pods: ['direction'] }),
  ...of('haproxy', { haproxy_server_status: ['proxy', 'server', 'state'], haproxy_backend_current_sessions: ['proxy'] }),
  ...of('etcd', {
    etcd_server_has_leader: [], etcd_server_leader_changes_seen_total: [], etcd_server_proposals_failed_total: [], etcd_server_quota_backend_bytes: [], etcd_disk_wal_fsync_duration_seconds_bucket: [], etcd_disk_backend_commit_duration_seconds_bucket: [],
    etcd_network_peer_round_trip_time_seconds_bucket: ['To'], etcd_network_peer_sent_bytes_total: ['To'], etcd_network_peer_received_bytes_total: ['From'], etcd_network_client_grpc_sent_bytes_total: [], etcd_network_client_grpc_received_bytes_total: [],
    etcd_mvcc_db_total_size_in_bytes: [], etcd_mvcc_db_total_size_in_use_in_bytes: [], grpc_server_started_total: GRPC, grpc_server_handled_total: [...GRPC, 'grpc_code'],
  }),
  ...of('state', {
    kube_pod_owner: [...POD, 'owner_kind', 'owner_name', 'owner_is_controller'], kube_pod_info: [...POD, 'node', 'host_ip', 'pod_ip', 'created_by_kind', 'created_by_name'], kube_pod_status_phase: [...POD, 'phase'], kube_pod_status_ready: [...POD, 'condition'],
    kube_pod_container_resource_requests: [...POD, 'container', 'resource', 'unit', 'node'], kube_pod_container_resource_limits: [...POD, 'container', 'resource', 'unit', 'node'], kube_pod_container_status_waiting_reason: [...POD, 'container', 'reason'], kube_pod_container_status_restarts_total: [...POD, 'container'],
    kube_node_info: ['node', 'kernel_version', 'kubelet_version', 'internal_ip'], kube_node_status_condition: ['node', 'condition', 'status'], kube_node_status_allocatable: ['node', 'resource', 'unit'], kube_node_status_capacity: ['node', 'resource', 'unit'], kube_node_spec_unschedulable: ['node'],
    kube_resourcequota: ['namespace', 'resourcequota', 'resource', 'type'], kube_deployment_spec_replicas: ['namespace', 'deployment'], kube_deployment_status_replicas_available: ['deployment'], kube_deployment_status_replicas_updated: ['deployment'], kube_deployment_status_observed_generation: ['deployment'],
    kube_deployment_metadata_generation: ['deployment'], kube_deployment_status_condition: ['deployment', 'condition', 'status'], kube_statefulset_replicas: ['statefulset'], kube_statefulset_status_replicas_ready: ['statefulset'], kube_statefulset_status_replicas_updated: ['statefulset'],
    kube_statefulset_status_observed_generation: ['statefulset'], kube_statefulset_metadata_generation: ['statefulset'], kube_statefulset_status_current_revision: ['statefulset', 'revision'], kube_statefulset_status_update_revision: ['statefulset', 'revision'],
    kube_daemonset_status_current_number_scheduled: ['daemonset'], kube_daemonset_status_desired_number_scheduled: ['daemonset'], kube_daemonset_status_number_misscheduled: ['daemonset'], kube_daemonset_status_updated_number_scheduled: ['daemonset'], kube_daemonset_status_number_available: ['daemonset'],
    kube_replicaset_owner: ['replicaset', 'owner_kind', 'owner_name'], kube_job_status_start_time: ['job_name'], kube_job_status_active: ['job_name'], kube_job_failed: ['job_name', 'condition'], kube_job_owner: ['job_name'],
    kube_horizontalpodautoscaler_status_desired_replicas: ['horizontalpodautoscaler'], kube_horizontalpodautoscaler_status_current_replicas: ['horizontalpodautoscaler'], kube_horizontalpodautoscaler_spec_min_replicas: ['horizontalpodautoscaler'], kube_horizontalpodautoscaler_spec_max_replicas: ['horizontalpodautoscaler'],
    kube_poddisruptionbudget_status_desired_healthy: ['poddisruptionbudget'], kube_poddisruptionbudget_status_current_healthy: ['poddisruptionbudget'], kube_persistentvolume_status_phase: ['persistentvolume', 'phase'], kube_persistentvolumeclaim_access_mode: [...CLAIM, 'access_mode'],
  }),
];

/** Names of the mixins that nothing here has, and why. */
export const absentMetrics: Readonly<Record<string, string>> = {
  storage_operation_errors_total: 'gone from Kubernetes too: storage_operation_duration_seconds_count{status!="success"} counts failures',
  scheduler_volume_scheduling_duration_seconds: 'gone from Kubernetes too',
  etcd_network_peer_sent_failures_total: 'etcd shows it once sending has failed',
  apiserver_request_terminations_total: 'shown once a request was ended early',
  kubelet_certificate_manager_client_ttl_seconds: 'shown where the node agent rotates its certificate, as by the kubelet; kubernode_certificate_expiration_timestamp_seconds tells of files',
  kubelet_certificate_manager_server_ttl_seconds: 'the same',
  kubelet_certificate_manager_client_expiration_renew_errors: 'the same',
  kubelet_server_expiration_renew_errors: 'the same',
  grpc_server_handling_seconds_bucket: 'etcd shows it with --metrics=extensive, which costs it time with every call',
  container_fs_reads_total: 'shown where the kernel counts the disk of a group: by cgroup v2, by v1 only of older kernels',
  container_fs_writes_total: 'the same',
  container_fs_reads_bytes_total: 'the same',
  container_fs_writes_bytes_total: 'the same',
  coredns_cache_hits_total: 'shown once the cache had an answer',
  kubelet_evictions: 'shown once a pod was evicted',
  kube_pod_status_reason: 'shown of pods with one of these reasons',
  kube_node_role: 'shown of nodes with a label node-role.kubernetes.io/ROLE',
  kube_node_spec_taint: 'shown of nodes with a taint',
  kube_persistentvolumeclaim_labels: 'kube-state-metrics shows labels only where it is told which; there is no such list here',
};
