import type { IpFamily } from '@kubernode/apimachinery';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
const PROGRAMMING_BUCKETS = [0.25, 0.5, ...Array.from({ length: 59 }, (_, i) => i + 1), ...Array.from({ length: 12 }, (_, i) => 60 + i * 5), ...Array.from({ length: 7 }, (_, i) => 120 + i * 30)];

export type ProxyMode = 'iptables' | 'nftables';

/** kube-proxy's names, labels and buckets. */
export interface ProxyMetrics {
  serviceChanges: Counter;
  endpointChanges: Counter;
  healthz: Counter<'code'>;
  livez: Counter<'code'>;
  /** What is told of one family. */
  family(family: IpFamily): FamilyMetrics;
}

export interface FamilyMetrics {
  queued(seconds: number): void;
  pending(services: number): void;
  synced(result: { seconds: number; full: boolean; at: number }): void;
  programmed(seconds: number): void;
  restoreFailed(what: { full: boolean }): void;
  cleanupFailed(): void;
  iptablesRules(table: 'nat' | 'filter', count: number): void;
  iptablesRulesWritten(table: 'nat' | 'filter', count: number): void;
  noLocalEndpoints(counts: { internal: number; external: number }): void;
  conntrack(result: { seconds: number; deleted: number }): void;
}

const FAMILY = ['ip_family'] as const;

export function createProxyMetrics(registry: Registry, mode: ProxyMode): ProxyMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name: `kubeproxy_${name}`, help, registers });
  const byCode = (name: string, help: string): Counter<'code'> => new Counter({ name: `kubeproxy_${name}`, help, labelNames: ['code'], registers });
  const pending = ['service', 'endpoint'].map((kind) => new Gauge({ name: `kubeproxy_sync_proxy_rules_${kind}_changes_pending`, help: `Services whose rules wait for a change of a ${kind} to be made.`, registers }));
  const families = familyMetrics(registers, mode);
  return {
    serviceChanges: counter('sync_proxy_rules_service_changes_total', 'Changes of services that were seen.'),
    endpointChanges: counter('sync_proxy_rules_endpoint_changes_total', 'Changes of endpoint slices that were seen.'),
    healthz: byCode('proxy_healthz_total', 'Answers of /healthz, by code.'),
    livez: byCode('proxy_livez_total', 'Answers of /livez, by code.'),
    family: (family) => ({ ...families(family), pending: (services) => { for (const gauge of pending) gauge.set(services); } }),
  };
}

function familyMetrics(registers: Registry[], mode: ProxyMode): (family: IpFamily) => Omit<FamilyMetrics, 'pending'> {
  const histogram = (name: string, help: string, buckets = SYNC_BUCKETS): Histogram<'ip_family'> => new Histogram({ name: `kubeproxy_${name}`, help, labelNames: FAMILY, buckets, registers });
  const counter = (name: string, help: string): Counter<'ip_family'> => new Counter({ name: `kubeproxy_${name}`, help, labelNames: FAMILY, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L | 'ip_family'> => new Gauge({ name: `kubeproxy_${name}`, help, labelNames: [...labelNames, ...FAMILY], registers });
  const sync = histogram('sync_proxy_rules_duration_seconds', 'Time of one round that brings rules up to date.');
  const full = histogram('sync_full_proxy_rules_duration_seconds', 'Time of rounds that write all rules.');
  const partial = histogram('sync_partial_proxy_rules_duration_seconds', 'Time of rounds that write what changed.');
  const programming = histogram('network_programming_duration_seconds', 'Time from a change of endpoints to rules for it.', PROGRAMMING_BUCKETS);
  const conntrack = histogram('conntrack_reconciler_sync_duration_seconds', 'Time of one look at the flows of UDP.');
  const forgotten = counter('conntrack_reconciler_deleted_entries_total', 'Kinds of UDP flows that were forgotten, as their endpoints went.');
  const last = gauge('sync_proxy_rules_last_timestamp_seconds', 'When rules were last brought up to date.', []);
  const queued = gauge('sync_proxy_rules_last_queued_timestamp_seconds', 'When a round was last asked for.', []);
  const noLocal = gauge('sync_proxy_rules_no_local_endpoints_total', 'Service ports with a policy Local and no endpoint on this node.', ['traffic_policy']);
  const iptables = mode === 'iptables' ? {
    rules: gauge('sync_proxy_rules_iptables_total', 'Rules that are wanted, by table.', ['table']), written: gauge('sync_proxy_rules_iptables_last', 'Rules that the last round wrote, by table.', ['table']),
    failed: counter('sync_proxy_rules_iptables_restore_failures_total', 'Rounds that iptables refused.'), partialFailed: counter('sync_proxy_rules_iptables_partial_restore_failures_total', 'Of these, rounds that wrote what changed.'),
  } : undefined;
  const nftables = mode === 'nftables' ? { failed: counter('sync_proxy_rules_nftables_sync_failures_total', 'Rounds that nft refused.'), cleanup: counter('sync_proxy_rules_nftables_cleanup_failures_total', 'Chains that could not be deleted.') } : undefined;
  return (family) => {
    const labels = { ip_family: family };
    for (const one of [iptables?.failed, iptables?.partialFailed, nftables?.failed, nftables?.cleanup, forgotten]) one?.inc(labels, 0);
    return {
      queued: (seconds) => queued.set(labels, seconds),
      synced: ({ seconds, full: isFull, at }) => { sync.observe(labels, seconds); (isFull ? full : partial).observe(labels, seconds); last.set(labels, at); },
      programmed: (seconds) => programming.observe(labels, seconds),
      restoreFailed: ({ full: isFull }) => { iptables?.failed.inc(labels); nftables?.failed.inc(labels); if (!isFull) iptables?.partialFailed.inc(labels); },
      cleanupFailed: () => { nftables?.cleanup.inc(labels); },
      iptablesRules: (table, count) => iptables?.rules.set({ ...labels, table }, count),
      iptablesRulesWritten: (table, count) => iptables?.written.set({ ...labels, table }, count),
      noLocalEndpoints: ({ internal, external }) => { noLocal.set({ ...labels, traffic_policy: 'internal' }, internal); noLocal.set({ ...labels, traffic_policy: 'external' }, external); },
      conntrack: ({ seconds, deleted }) => { conntrack.observe(labels, seconds); forgotten.inc(labels, deleted); },
    };
  };
}
