import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
const PROGRAMMING_BUCKETS = [0.25, 0.5, ...Array.from({ length: 59 }, (_, i) => i + 1), ...Array.from({ length: 12 }, (_, i) => 60 + i * 5), ...Array.from({ length: 7 }, (_, i) => 120 + i * 30)];

/** kube-proxy's names and buckets. */
export interface ProxyMetrics {
  syncDuration: Histogram<'ip_family'>;
  programmingDuration: Histogram<'ip_family'>;
  rules: Gauge<'table' | 'ip_family'>;
  restoreFailures: Counter<'ip_family'>;
  lastSync: Gauge<'ip_family'>;
}

export function createProxyMetrics(registry: Registry): ProxyMetrics {
  const registers = [registry];
  const labelNames = ['ip_family'] as const;
  const metrics = {
    syncDuration: new Histogram({ name: 'kubeproxy_sync_proxy_rules_duration_seconds', help: 'Time of one round that brings iptables up to date.', labelNames, buckets: SYNC_BUCKETS, registers }),
    programmingDuration: new Histogram({ name: 'kubeproxy_network_programming_duration_seconds', help: 'Time from a change of endpoints to rules for it.', labelNames, buckets: PROGRAMMING_BUCKETS, registers }),
    rules: new Gauge({ name: 'kubeproxy_sync_proxy_rules_iptables_total', help: 'Rules that are wanted, by table.', labelNames: ['table', 'ip_family'] as const, registers }),
    restoreFailures: new Counter({ name: 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total', help: 'Rounds that iptables refused.', labelNames, registers }),
    lastSync: new Gauge({ name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds', help: 'When iptables was last brought up to date.', labelNames, registers }),
  };
  metrics.restoreFailures.inc({ ip_family: 'IPv4' }, 0);
  return metrics;
}
