import { loadBalancerRow } from './control-plane.ts';
import { graph, ofJob, query, quantile, row, stat, table, type Dashboard } from './dashboard.ts';

const STATE = ofJob('kube-state-metrics');
const API = ofJob('kube-apiserver');
const up = (job: string): string => `sum(up{${ofJob(job)}}) / count(up{${ofJob(job)}})`;

/** What somebody who was called looks at first: what is down, what burns, what changed. */
export const overview: Dashboard = {
  uid: 'kubernode-overview', title: 'Overview', jobs: '.+',
  rows: [
    row('What is up',
      stat('API servers', 'percentunit', 'Of those that are known.', up('kube-apiserver')), stat('etcd', 'percentunit', 'Of those that are known.', `sum(up{cluster=~"$cluster",job=~".*etcd.*"}) / count(up{cluster=~"$cluster",job=~".*etcd.*"})`), stat('Schedulers', 'percentunit', 'Of those that are known.', up('kube-scheduler')),
      stat('Controller managers', 'percentunit', 'Of those that are known.', up('kube-controller-manager')), stat('Node agents', 'percentunit', 'Of those that are known.', up('kubelet')),
      stat('Nodes ready', 'percentunit', 'Of all nodes.', `sum(kube_node_status_condition{${STATE},condition="Ready",status="true"}) / count(kube_node_info{${STATE}})`)),
    row('What burns',
      stat('Alerts', 'short', 'That fire, of any severity.', 'count(ALERTS{alertstate="firing"}) or vector(0)', 1),
      stat('API budget, 1 h', 'percentunit', 'Requests that failed or took too long; 1 % is what 30 days allow.', 'max(apiserver_request:burnrate1h{cluster=~"$cluster"})', 0.01),
      stat('Pods not running', 'short', 'Pending, failed or unknown.', `sum(kube_pod_status_phase{${STATE},phase=~"Pending|Failed|Unknown"})`, 1),
      stat('Containers that wait', 'short', 'For images, after crashes …', `sum(kube_pod_container_status_waiting{${STATE}})`, 1),
      stat('etcd quota', 'percentunit', 'At 100 % nothing can be written.', 'max(etcd_mvcc_db_total_size_in_bytes{cluster=~"$cluster"} / etcd_server_quota_backend_bytes{cluster=~"$cluster"})', 0.8),
      stat('Next certificate ends', 's', 'In.', 'min(kubernode_certificate_expiration_timestamp_seconds{cluster=~"$cluster"}) - time()'),
      table('Alerts that fire', 'short', 'docs/alerts.md says what each means.', query('ALERTS{alertstate="firing"}', ''))),
    row('How the API does',
      graph('Requests', 'reqps', 'By code.', query(`sum by (code) (rate(apiserver_request_total{${API}}[$__rate_interval]))`, '{{code}}')),
      graph('Time of requests, p99', 's', 'Watches and streams left out.', query(quantile(0.99, 'apiserver_request_sli_duration_seconds', API, ['verb']), '{{verb}}')),
      graph('etcd fsync, p99', 's', 'Every write waits for it.', query(quantile(0.99, 'etcd_disk_wal_fsync_duration_seconds', 'cluster=~"$cluster",job=~".*etcd.*"', ['instance']))),
      graph('Event loops', 's', 'The five that are latest.', query('topk(5, nodejs_eventloop_lag_p99_seconds{cluster=~"$cluster"})', '{{job}} {{instance}}'))),
    row('What changed',
      graph('Pods by phase', 'short', 'Of all namespaces.', query(`sum by (phase) (kube_pod_status_phase{${STATE}})`, '{{phase}}')),
      graph('Why containers wait', 'short', 'By reason.', query(`sum by (reason) (kube_pod_container_status_waiting_reason{${STATE}})`, '{{reason}}')),
      graph('Processes that started', 'short', 'In ten minutes, by job.', query('sum by (job) (changes(process_start_time_seconds{cluster=~"$cluster"}[10m]))', '{{job}}')),
      graph('Leaders', 'short', 'Has to be 1 for each.', query('sum by (name) (leader_election_master_status{cluster=~"$cluster"})', '{{name}}'))),
    loadBalancerRow,
  ],
};
