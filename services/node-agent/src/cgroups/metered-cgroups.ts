import type { Clock } from '@kubernode/base';
import type { NodeMetrics } from '../metrics.ts';
import type { Cgroups } from './cgroup-files.ts';

/** The same control groups, with the time that changes of them took told. */
export function meteredCgroups(cgroups: Cgroups, { metrics, clock }: { metrics: Pick<NodeMetrics, 'cgroupDuration'>; clock: Clock }): Cgroups {
  const timed = async (operation: string, change: Promise<void>): Promise<void> => {
    const startMs = clock.monotonicNow();
    try { await change; } finally { metrics.cgroupDuration.observe({ operation_type: operation }, (clock.monotonicNow() - startMs) / 1000); }
  };
  return {
    create: (group) => timed('create', cgroups.create(group)),
    set: (group, amounts) => timed('update', cgroups.set(group, amounts)),
    memoryUsage: (group) => cgroups.memoryUsage(group),
    remove: (group) => timed('destroy', cgroups.remove(group)),
  };
}
