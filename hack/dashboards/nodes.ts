import { CHOSEN, graph, ofJob, processRow, quantile, query, row, stat, type Dashboard } from './dashboard.ts';

const STATE = ofJob('kube-state-metrics');
const CADVISOR = ofJob('cadvisor');

export const nodes: Dashboard = {
  uid: 'kubernode-nodes', title: 'Nodes', jobs: 'kubelet',
  rows: [
    row('Now',
      stat('Nodes that are ready', 'short', 'Of those that may take pods and those that may not.', `sum(kube_node_status_condition{${STATE},condition="Ready",status="true"})`),
      stat('Pods', 'short', 'With a sandbox.', `sum(kubelet_running_pods{${CHOSEN}})`),
      stat('Containers', 'short', 'That run.', `sum(kubelet_running_containers{${CHOSEN},container_state="running"})`),
      stat('Processors asked for', 'percentunit', 'Requests of all pods, of what the nodes give.', `sum(namespace_cpu:kube_pod_container_resource_requests:sum{cluster=~"$cluster"}) / sum(kube_node_status_allocatable{${STATE},resource="cpu"})`, 0.9),
      stat('Memory asked for', 'percentunit', 'Requests of all pods, of what the nodes give.', `sum(namespace_memory:kube_pod_container_resource_requests:sum{cluster=~"$cluster"}) / sum(kube_node_status_allocatable{${STATE},resource="memory"})`, 0.9)),
    row('Use',
      graph('Processors', 'cores', 'What all of a node uses.', query(`sum by (instance) (rate(container_cpu_usage_seconds_total{${CADVISOR},id="/"}[$__rate_interval]))`)),
      graph('Memory', 'bytes', 'What all of a node uses, without what can be given back.', query(`container_memory_working_set_bytes{${CADVISOR},id="/"}`)),
      graph('Pods', 'short', 'On each node.', query(`kubelet_running_pods{${CHOSEN}}`)),
      graph('Conditions', 'short', 'Conditions other than Ready that hold.', query(`sum by (node, condition) (kube_node_status_condition{${STATE},condition!="Ready",status="true"})`, '{{node}} {{condition}}'))),
    row('Agent',
      graph('Calls of the runtime', 'ops', 'By operation.', query(`sum by (operation_type) (rate(kubelet_runtime_operations_total{${CHOSEN}}[$__rate_interval]))`, '{{operation_type}}')),
      graph('Failed calls of the runtime', 'ops', 'By operation.', query(`sum by (operation_type) (rate(kubelet_runtime_operations_errors_total{${CHOSEN}}[$__rate_interval]))`, '{{operation_type}}')),
      graph('Calls of the runtime, p99', 's', 'By operation.', query(quantile(0.99, 'kubelet_runtime_operations_duration_seconds', CHOSEN, ['operation_type']), '{{operation_type}}')),
      graph('Pods start, p99', 's', 'From first sight to running containers.', query(quantile(0.99, 'kubelet_pod_start_duration_seconds', CHOSEN, ['instance']))),
      graph('Work on pods, p99', 's', 'By what is done.', query(quantile(0.99, 'kubelet_pod_worker_duration_seconds', CHOSEN, ['operation_type']), '{{operation_type}}')),
      graph('Listing of containers', 's', 'How long it takes (p99).', query(quantile(0.99, 'kubelet_pleg_relist_duration_seconds', CHOSEN, ['instance']))),
      graph('Volumes', 'short', 'That pods want, and that are there.', query(`sum by (instance, state) (volume_manager_total_volumes{${CHOSEN}})`, '{{instance}} {{state}}')),
      graph('Operations on volumes, p99', 's', 'By operation and outcome.', query(quantile(0.99, 'storage_operation_duration_seconds', CHOSEN, ['operation_name', 'status']), '{{operation_name}} {{status}}'))),
    processRow(),
  ],
};

const CONTAINERS = `${CADVISOR},container!="",image!=""`;

export const pods: Dashboard = {
  uid: 'kubernode-pods', title: 'Pods', jobs: 'cadvisor',
  rows: [
    row('Now',
      stat('Running', 'short', 'Pods by phase.', `sum(kube_pod_status_phase{${STATE},phase="Running"})`),
      stat('Pending', 'short', 'Pods by phase.', `sum(kube_pod_status_phase{${STATE},phase="Pending"})`, 1),
      stat('Failed', 'short', 'Pods by phase.', `sum(kube_pod_status_phase{${STATE},phase="Failed"})`, 1),
      stat('Restarts, 1 h', 'short', 'Of all containers.', `sum(increase(kube_pod_container_status_restarts_total{${STATE}}[1h]))`, 1)),
    row('State',
      graph('Why containers wait', 'short', 'By reason.', query(`sum by (reason) (kube_pod_container_status_waiting_reason{${STATE}})`, '{{reason}}')),
      graph('Restarts', 'short', 'In ten minutes, the ten most.', query(`topk(10, sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{${STATE}}[10m])))`, '{{namespace}}/{{pod}}'))),
    row('Use',
      graph('Processors', 'cores', 'The ten busiest pods.', query('topk(10, sum by (namespace, pod) (node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m{cluster=~"$cluster"}))', '{{namespace}}/{{pod}}')),
      graph('Memory', 'bytes', 'The ten largest pods.', query(`topk(10, sum by (namespace, pod) (container_memory_working_set_bytes{${CONTAINERS}}))`, '{{namespace}}/{{pod}}')),
      graph('Held back', 'percentunit', 'Share of periods in which the processor limit held a container back.', query(`topk(10, sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_periods_total{${CONTAINERS}}[$__rate_interval])) / sum by (namespace, pod, container) (rate(container_cpu_cfs_periods_total{${CONTAINERS}}[$__rate_interval])))`, '{{namespace}}/{{pod}} {{container}}')),
      graph('Memory against limits', 'percentunit', 'At 100 % a container is killed.', query(`topk(10, sum by (namespace, pod, container) (container_memory_working_set_bytes{${CONTAINERS}}) / sum by (namespace, pod, container) (kube_pod_container_resource_limits{${STATE},resource="memory"}))`, '{{namespace}}/{{pod}} {{container}}')),
      graph('Network', 'Bps', 'Received and sent, the ten busiest pods.', query(`topk(10, sum by (namespace, pod) (rate(container_network_receive_bytes_total{${CADVISOR},pod!=""}[$__rate_interval])))`, '{{namespace}}/{{pod}} received'), query(`topk(10, sum by (namespace, pod) (rate(container_network_transmit_bytes_total{${CADVISOR},pod!=""}[$__rate_interval])))`, '{{namespace}}/{{pod}} sent')),
      graph('Dropped packets', 'pps', 'Received and sent.', query(`sum by (namespace, pod) (rate(container_network_receive_packets_dropped_total{${CADVISOR},pod!=""}[$__rate_interval]) + rate(container_network_transmit_packets_dropped_total{${CADVISOR},pod!=""}[$__rate_interval]))`, '{{namespace}}/{{pod}}')),
      graph('Disk', 'Bps', 'Written, the ten busiest pods.', query(`topk(10, sum by (namespace, pod) (rate(container_fs_writes_bytes_total{${CADVISOR},pod!=""}[$__rate_interval])))`, '{{namespace}}/{{pod}}')),
      graph('Claims', 'percentunit', 'How full volumes are, the ten fullest.', query(`topk(10, max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes{${ofJob('kubelet')}} / kubelet_volume_stats_capacity_bytes{${ofJob('kubelet')}}))`, '{{namespace}}/{{persistentvolumeclaim}}'))),
    row('Workloads',
      graph('Deployments', 'short', 'Pods that are missing.', query(`topk(10, kube_deployment_spec_replicas{${STATE}} - kube_deployment_status_replicas_available{${STATE}})`, '{{namespace}}/{{deployment}}')),
      graph('StatefulSets', 'short', 'Pods that are missing.', query(`topk(10, kube_statefulset_replicas{${STATE}} - kube_statefulset_status_replicas_ready{${STATE}})`, '{{namespace}}/{{statefulset}}')),
      graph('DaemonSets', 'short', 'Pods that are missing.', query(`topk(10, kube_daemonset_status_desired_number_scheduled{${STATE}} - kube_daemonset_status_number_available{${STATE}})`, '{{namespace}}/{{daemonset}}')),
      graph('Quotas', 'percentunit', 'How far quotas are used, the ten fullest.', query(`topk(10, max by (namespace, resourcequota, resource) (kube_resourcequota{${STATE},type="used"}) / (max by (namespace, resourcequota, resource) (kube_resourcequota{${STATE},type="hard"}) > 0))`, '{{namespace}} {{resource}}'))),
  ],
};
