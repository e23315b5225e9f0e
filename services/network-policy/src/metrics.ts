import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Direction } from './policy/compile-policy.ts';

const SYNC_BUCKETS = Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i);

export interface PolicyMetrics {
  syncDuration: Histogram;
  syncFailures: Counter;
  lastSync: Gauge;
  rules: Gauge<'ip_family'>;
  setMembers: Gauge<'ip_family'>;
  isolatedPods: Gauge<'direction'>;
  repairs: Counter;
}

export function createPolicyMetrics(registry: Registry): PolicyMetrics {
  const registers = [registry];
  const metrics = {
    syncDuration: new Histogram({ name: 'network_policy_sync_duration_seconds', help: 'Time of one round that brings rules and sets up to date.', buckets: SYNC_BUCKETS, registers }),
    syncFailures: new Counter({ name: 'network_policy_sync_failures_total', help: 'Rounds that the host refused.', registers }),
    lastSync: new Gauge({ name: 'network_policy_sync_last_timestamp_seconds', help: 'When rules and sets were last brought up to date.', registers }),
    rules: new Gauge({ name: 'network_policy_rules', help: 'Rules that are wanted.', labelNames: ['ip_family'] as const, registers }),
    setMembers: new Gauge({ name: 'network_policy_set_members', help: 'Members of all sets that are wanted.', labelNames: ['ip_family'] as const, registers }),
    isolatedPods: new Gauge({ name: 'network_policy_isolated_pods', help: 'Pods of this node that a policy isolates.', labelNames: ['direction'] as const, registers }),
    repairs: new Counter({ name: 'network_policy_repairs_total', help: 'Rounds that found rules or sets changed by others.', registers }),
  };
  for (const direction of ['ingress', 'egress'] satisfies Direction[]) metrics.isolatedPods.set({ direction }, 0);
  return metrics;
}
