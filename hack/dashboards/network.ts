import { CHOSEN, graph, processRow, quantile, query, row, stat, type Dashboard } from './dashboard.ts';

export const proxy: Dashboard = {
  uid: 'kubernode-proxy', title: 'Service proxy', jobs: 'kube-proxy',
  rows: [
    row('Now',
      stat('Proxies up', 'short', 'One a node.', `sum(up{${CHOSEN}})`),
      stat('Oldest rules', 's', 'Since the last round, on the node where it is longest ago.', `time() - min(kubeproxy_sync_proxy_rules_last_timestamp_seconds{${CHOSEN}})`)),
    row('Rules',
      graph('Rounds', 'ops', 'Rounds that bring rules up to date.', query(`sum by (instance) (rate(kubeproxy_sync_proxy_rules_duration_seconds_count{${CHOSEN}}[$__rate_interval]))`)),
      graph('Time of a round, p99', 's', 'By node.', query(quantile(0.99, 'kubeproxy_sync_proxy_rules_duration_seconds', CHOSEN, ['instance']))),
      graph('From endpoints to rules, p99', 's', 'From a pod\'s change to rules for it.', query(quantile(0.99, 'kubeproxy_network_programming_duration_seconds', CHOSEN, ['instance']))),
      graph('Changes that were seen', 'ops', 'Of services and endpoint slices.', query(`sum by (instance) (rate(kubeproxy_sync_proxy_rules_service_changes_total{${CHOSEN}}[$__rate_interval]))`, '{{instance}} services'), query(`sum by (instance) (rate(kubeproxy_sync_proxy_rules_endpoint_changes_total{${CHOSEN}}[$__rate_interval]))`, '{{instance}} endpoints')),
      graph('Refused by the kernel', 'ops', 'Rounds that iptables or nft refused.', query(`sum by (instance) (rate({__name__=~"kubeproxy_sync_proxy_rules_(iptables_restore|nftables_sync)_failures_total",${CHOSEN}}[$__rate_interval]))`)),
      graph('Calls of the API', 'reqps', 'By answer.', query(`sum by (code, method) (rate(rest_client_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{method}} {{code}}'))),
    processRow(),
  ],
};

export const dns: Dashboard = {
  uid: 'kubernode-dns', title: 'DNS', jobs: 'coredns',
  rows: [
    row('Now',
      stat('Servers up', 'short', 'One a node.', `sum(up{${CHOSEN}})`),
      stat('Questions', 'reqps', 'Of all servers.', `sum(rate(coredns_dns_requests_total{${CHOSEN}}[$__rate_interval]))`),
      stat('Failed', 'percentunit', 'Answers with SERVFAIL.', `(sum(rate(coredns_dns_responses_total{${CHOSEN},rcode="SERVFAIL"}[$__rate_interval])) or vector(0)) / sum(rate(coredns_dns_responses_total{${CHOSEN}}[$__rate_interval]))`, 0.01),
      stat('From the cache', 'percentunit', 'Of the questions that the cache was asked.', `(sum(rate(coredns_cache_hits_total{${CHOSEN}}[$__rate_interval])) or vector(0)) / sum(rate(coredns_cache_requests_total{${CHOSEN}}[$__rate_interval]))`)),
    row('Questions',
      graph('By type', 'reqps', 'A, AAAA, SRV …', query(`sum by (type) (rate(coredns_dns_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{type}}')),
      graph('By zone', 'reqps', '"." is the world.', query(`sum by (zone) (rate(coredns_dns_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{zone}}')),
      graph('Answers', 'reqps', 'By code.', query(`sum by (rcode) (rate(coredns_dns_responses_total{${CHOSEN}}[$__rate_interval]))`, '{{rcode}}')),
      graph('Time, p99', 's', 'From question to answer, by zone.', query(quantile(0.99, 'coredns_dns_request_duration_seconds', CHOSEN, ['zone']), '{{zone}}')),
      graph('Size of answers, p99', 'bytes', 'By transport.', query(quantile(0.99, 'coredns_dns_response_size_bytes', CHOSEN, ['proto']), '{{proto}}')),
      graph('Cache', 'short', 'Answers that are kept.', query(`sum by (type) (coredns_cache_entries{${CHOSEN}})`, '{{type}}')),
      graph('Name servers', 'reqps', 'Questions that were forwarded, by server.', query(`sum by (to) (rate(coredns_forward_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{to}}')),
      graph('Name servers, p99', 's', 'Until they answered.', query(quantile(0.99, 'coredns_forward_request_duration_seconds', CHOSEN, ['to']), '{{to}}'))),
    processRow(),
  ],
};

export const networkPolicies: Dashboard = {
  uid: 'kubernode-network-policies', title: 'Network policies', jobs: 'kubernode-network-policy',
  rows: [
    row('Now',
      stat('Nodes that enforce', 'short', 'One process a node.', `sum(up{${CHOSEN}})`),
      stat('Isolated pods', 'short', 'In either direction.', `sum(network_policy_isolated_pods{${CHOSEN}})`),
      stat('Failed rounds, 1 h', 'short', 'Rules or sets that the kernel refused.', `sum(increase(network_policy_sync_failures_total{${CHOSEN}}[1h]))`, 1)),
    row('Rules',
      graph('Time of a round, p99', 's', 'By node.', query(quantile(0.99, 'network_policy_sync_duration_seconds', CHOSEN, ['instance']))),
      graph('Rounds', 'ops', 'By node.', query(`rate(network_policy_sync_duration_seconds_count{${CHOSEN}}[$__rate_interval])`)),
      graph('Rules', 'short', 'By family of addresses.', query(`sum by (instance, ip_family) (network_policy_rules{${CHOSEN}})`, '{{instance}} {{ip_family}}')),
      graph('Members of sets', 'short', 'Addresses that rules ask for.', query(`sum by (instance, ip_family) (network_policy_set_members{${CHOSEN}})`, '{{instance}} {{ip_family}}')),
      graph('Isolated pods', 'short', 'By direction.', query(`sum by (instance, direction) (network_policy_isolated_pods{${CHOSEN}})`, '{{instance}} {{direction}}')),
      graph('Repairs', 'ops', 'Rounds that found rules changed by others.', query(`rate(network_policy_repairs_total{${CHOSEN}}[$__rate_interval])`))),
    processRow(),
  ],
};
