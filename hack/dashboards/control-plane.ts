import { CHOSEN, graph, ofJob, processRow, quantile, query, row, stat, type Dashboard, type Row } from './dashboard.ts';

const NO_STREAMS = 'verb!~"WATCH|CONNECT"';

export const apiServer: Dashboard = {
  uid: 'kubernode-apiserver', title: 'API server', jobs: 'kube-apiserver',
  rows: [
    row('Service level',
      stat('Servers up', 'short', 'Replicas that answer.', `sum(up{${CHOSEN}})`),
      stat('Budget burn, 1 h', 'percentunit', 'Requests that failed or took too long; 1 % is what 30 days allow.', 'max(apiserver_request:burnrate1h{cluster=~"$cluster"})', 0.01),
      stat('Requests', 'reqps', 'Without watches and streams.', `sum(rate(apiserver_request_total{${CHOSEN},${NO_STREAMS}}[$__rate_interval]))`),
      stat('Watches', 'short', 'Watches and other streams that run.', `sum(apiserver_longrunning_requests{${CHOSEN}})`),
      stat('Objects', 'short', 'Objects that are stored.', `sum(max by (resource) (apiserver_storage_objects{${CHOSEN}}))`)),
    row('Requests',
      graph('Requests by verb', 'reqps', 'All requests, by what they do.', query(`sum by (verb) (rate(apiserver_request_total{${CHOSEN}}[$__rate_interval]))`, '{{verb}}')),
      graph('Answers by code', 'reqps', '5xx are ours, 4xx are the clients\'.', query(`sum by (code) (rate(apiserver_request_total{${CHOSEN}}[$__rate_interval]))`, '{{code}}')),
      graph('Time of reads, p99', 's', 'GET and LIST, by scope.', query(quantile(0.99, 'apiserver_request_sli_duration_seconds', `${CHOSEN},verb=~"GET|LIST"`, ['scope']), '{{scope}}')),
      graph('Time of writes, p99', 's', 'By verb.', query(quantile(0.99, 'apiserver_request_sli_duration_seconds', `${CHOSEN},verb=~"POST|PUT|PATCH|APPLY|DELETE"`, ['verb']), '{{verb}}')),
      graph('Busiest resources', 'reqps', 'The ten that are asked for most.', query(`topk(10, sum by (resource, verb) (rate(apiserver_request_total{${CHOSEN}}[$__rate_interval])))`, '{{verb}} {{resource}}')),
      graph('Requests under way', 'short', 'Reads and writes that are being answered.', query(`sum by (instance, request_kind) (apiserver_current_inflight_requests{${CHOSEN}})`, '{{instance}} {{request_kind}}'))),
    row('Watches and storage',
      graph('Watch events', 'ops', 'Events sent to watchers, the ten busiest resources.', query(`topk(10, sum by (resource) (rate(apiserver_watch_events_total{${CHOSEN}}[$__rate_interval])))`, '{{resource}}')),
      graph('etcd, p99', 's', 'What the API server waits for etcd.', query(quantile(0.99, 'etcd_request_duration_seconds', CHOSEN, ['operation']), '{{operation}}')),
      graph('Objects by resource', 'short', 'The ten most.', query(`topk(10, max by (resource) (apiserver_storage_objects{${CHOSEN}}))`, '{{resource}}')),
      graph('Aggregated APIs that are away', 'short', '1 is unavailable.', query(`max by (name) (aggregator_unavailable_apiservice{${CHOSEN}})`, '{{name}}'))),
    row('Admission',
      graph('Webhooks, p99', 's', 'How long webhooks take; requests wait for them.', query(quantile(0.99, 'apiserver_admission_webhook_admission_duration_seconds', CHOSEN, ['name']), '{{name}}')),
      graph('Refused by webhooks', 'ops', 'Requests that webhooks refused, or that failed because of them.', query(`sum by (name, error_type) (rate(apiserver_admission_webhook_rejection_count{${CHOSEN}}[$__rate_interval]))`, '{{name}} {{error_type}}'))),
    processRow(),
  ],
};

export const scheduler: Dashboard = {
  uid: 'kubernode-scheduler', title: 'Scheduler', jobs: 'kube-scheduler',
  rows: [
    row('Now',
      stat('Schedulers up', 'short', 'One leads, the others wait.', `sum(up{${CHOSEN}})`),
      stat('Leaders', 'short', 'Has to be 1.', `sum(leader_election_master_status{${CHOSEN}})`),
      stat('Pods that wait', 'short', 'In all queues.', `sum(scheduler_pending_pods{${CHOSEN}})`)),
    row('Work',
      graph('Attempts', 'ops', 'Attempts to place a pod, by how they ended.', query(`sum by (result) (rate(scheduler_schedule_attempts_total{${CHOSEN}}[$__rate_interval]))`, '{{result}}')),
      graph('Pods that wait', 'short', 'active: next; backoff: tried lately; unschedulable: nothing fits; gated: must not yet.', query(`sum by (queue) (scheduler_pending_pods{${CHOSEN}})`, '{{queue}}')),
      graph('One attempt', 's', 'Placing and binding.', query(quantile(0.99, 'scheduler_scheduling_attempt_duration_seconds', CHOSEN), 'p99'), query(quantile(0.5, 'scheduler_scheduling_attempt_duration_seconds', CHOSEN), 'p50')),
      graph('From queue to node', 's', 'All attempts together.', query(quantile(0.99, 'scheduler_pod_scheduling_sli_duration_seconds', CHOSEN), 'p99'), query(quantile(0.5, 'scheduler_pod_scheduling_sli_duration_seconds', CHOSEN), 'p50')),
      graph('Choosing a node', 's', 'Without binding.', query(quantile(0.99, 'scheduler_scheduling_algorithm_duration_seconds', CHOSEN), 'p99')),
      graph('Calls of the API', 'reqps', 'By answer.', query(`sum by (code, method) (rate(rest_client_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{method}} {{code}}'))),
    processRow(),
  ],
};

export const controllers: Dashboard = {
  uid: 'kubernode-controllers', title: 'Controllers', jobs: 'kube-controller-manager',
  rows: [
    row('Now',
      stat('Controller managers up', 'short', 'One leads, the others wait.', `sum(up{${CHOSEN}})`),
      stat('Leaders', 'short', 'Has to be 1.', `sum(leader_election_master_status{${CHOSEN}})`),
      stat('Controllers', 'short', 'Those that run.', `sum(running_managed_controllers{${CHOSEN}})`),
      stat('Waiting work', 'short', 'In all queues.', `sum(workqueue_depth{${CHOSEN}})`, 1000)),
    row('Queues',
      graph('Work added', 'ops', 'The ten busiest queues.', query(`topk(10, sum by (name) (rate(workqueue_adds_total{${CHOSEN}}[$__rate_interval])))`, '{{name}}')),
      graph('Depth', 'short', 'The ten longest queues.', query(`topk(10, sum by (name) (workqueue_depth{${CHOSEN}}))`, '{{name}}')),
      graph('Waiting, p99', 's', 'From being added to being worked on.', query(`topk(10, ${quantile(0.99, 'workqueue_queue_duration_seconds', CHOSEN, ['name'])})`, '{{name}}')),
      graph('Working, p99', 's', 'Work on one object.', query(`topk(10, ${quantile(0.99, 'workqueue_work_duration_seconds', CHOSEN, ['name'])})`, '{{name}}')),
      graph('Tried again', 'ops', 'What failed and is tried again.', query(`topk(10, sum by (name) (rate(workqueue_retries_total{${CHOSEN}}[$__rate_interval])))`, '{{name}}')),
      graph('Calls of the API', 'reqps', 'By answer.', query(`sum by (code, method) (rate(rest_client_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{method}} {{code}}'))),
    processRow(),
  ],
};

const ETCD = CHOSEN;

export const etcd: Dashboard = {
  uid: 'kubernode-etcd', title: 'etcd', jobs: '.*etcd.*',
  rows: [
    row('Now',
      stat('Members up', 'short', 'More than half have to be.', `sum(up{${ETCD}})`),
      stat('Members with a leader', 'short', 'As many as are up.', `sum(etcd_server_has_leader{${ETCD}})`),
      stat('Changes of leader, 1 h', 'short', 'Seen by any member.', `max(increase(etcd_server_leader_changes_seen_total{${ETCD}}[1h]))`, 4),
      stat('Database', 'bytes', 'The largest member\'s.', `max(etcd_mvcc_db_total_size_in_bytes{${ETCD}})`),
      stat('Of the quota', 'percentunit', 'At 100 % nothing can be written.', `max(etcd_mvcc_db_total_size_in_bytes{${ETCD}} / etcd_server_quota_backend_bytes{${ETCD}})`, 0.8)),
    row('Disk',
      graph('fsync of the log', 's', 'Every write waits for it; over 10 ms is slow.', query(quantile(0.99, 'etcd_disk_wal_fsync_duration_seconds', ETCD, ['instance']), '{{instance}} p99')),
      graph('Commits', 's', 'Of the database; over 25 ms is slow.', query(quantile(0.99, 'etcd_disk_backend_commit_duration_seconds', ETCD, ['instance']), '{{instance}} p99')),
      graph('Database', 'bytes', 'Size of the file and what of it is used.', query(`etcd_mvcc_db_total_size_in_bytes{${ETCD}}`, '{{instance}} file'), query(`etcd_mvcc_db_total_size_in_use_in_bytes{${ETCD}}`, '{{instance}} used')),
      graph('Memory', 'bytes', 'Resident memory.', query(`process_resident_memory_bytes{${ETCD}}`))),
    row('Work',
      graph('Calls', 'ops', 'Unary calls by method.', query(`sum by (grpc_method) (rate(grpc_server_started_total{${ETCD},grpc_type="unary"}[$__rate_interval]))`, '{{grpc_method}}')),
      graph('Failed calls', 'ops', 'By code; OK is left out.', query(`sum by (grpc_method, grpc_code) (rate(grpc_server_handled_total{${ETCD},grpc_code!="OK"}[$__rate_interval]))`, '{{grpc_method}} {{grpc_code}}')),
      graph('Proposals', 'ops', 'Writes that were agreed on, and those that failed.', query(`rate(etcd_server_proposals_committed_total{${ETCD}}[$__rate_interval])`, '{{instance}} committed'), query(`rate(etcd_server_proposals_failed_total{${ETCD}}[$__rate_interval])`, '{{instance}} failed')),
      graph('Round trips to members, p99', 's', 'Empty where there is one member.', query(quantile(0.99, 'etcd_network_peer_round_trip_time_seconds', ETCD, ['instance', 'To']), '{{instance}} to {{To}}'))),
    row('Network',
      graph('Clients', 'Bps', 'What API servers are sent.', query(`rate(etcd_network_client_grpc_sent_bytes_total{${ETCD}}[$__rate_interval])`, '{{instance}} sent'), query(`rate(etcd_network_client_grpc_received_bytes_total{${ETCD}}[$__rate_interval])`, '{{instance}} received')),
      graph('Peers', 'Bps', 'Between members.', query(`sum by (instance) (rate(etcd_network_peer_sent_bytes_total{${ETCD}}[$__rate_interval]))`, '{{instance}} sent'), query(`sum by (instance) (rate(etcd_network_peer_received_bytes_total{${ETCD}}[$__rate_interval]))`, '{{instance}} received'))),
  ],
};

export const loadBalancerRow: Row = row('Load balancer',
  graph('Servers that are up', 'short', 'As HAProxy\'s checks see them.', query(`sum by (proxy) (haproxy_server_status{${ofJob('haproxy')},state="UP"})`, '{{proxy}}')),
  graph('Connections', 'short', 'By backend.', query(`haproxy_backend_current_sessions{${ofJob('haproxy')}}`, '{{proxy}}')));
