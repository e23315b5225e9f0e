import type { Clock } from '@kubernode/base';
import { Gauge, Histogram, type Registry } from 'prom-client';

const STORAGE_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600];

export interface VolumeMetrics {
  /** Runs an operation and counts it by its outcome. */
  observe<T>(plugin: string, operation: string, step: () => Promise<T>): Promise<T>;
  csiCall(driver: string, call: { method: string; code: string; seconds: number }): void;
}

export interface VolumeCounts { desired: ReadonlyMap<string, number>; actual: ReadonlyMap<string, number> }

/** The kubelet's names. `counts` is asked at each scrape: volumes by plugin. */
export function createVolumeMetrics(registry: Registry, { clock, counts }: { clock: Clock; counts: () => VolumeCounts }): VolumeMetrics {
  const registers = [registry];
  const buckets = STORAGE_BUCKETS_SECONDS;
  const duration = new Histogram({ name: 'storage_operation_duration_seconds', help: 'How long operations on volumes took.', labelNames: ['volume_plugin', 'operation_name', 'status', 'migrated'], buckets, registers });
  const total = new Histogram({ name: 'volume_operation_total_seconds', help: 'How long operations on volumes took from their request.', labelNames: ['plugin_name', 'operation_name'], buckets, registers });
  const csi = new Histogram({ name: 'csi_operations_seconds', help: 'How long calls of CSI drivers took.', labelNames: ['driver_name', 'method_name', 'grpc_status_code', 'migrated'], buckets, registers });
  new Gauge({
    name: 'volume_manager_total_volumes', help: 'Volumes that pods use, and those that are there.', labelNames: ['plugin_name', 'state'], registers,
    collect() {
      this.reset();
      const { desired, actual } = counts();
      for (const [plugin, count] of desired) this.set({ plugin_name: plugin, state: 'desired_state_of_world' }, count);
      for (const [plugin, count] of actual) this.set({ plugin_name: plugin, state: 'actual_state_of_world' }, count);
    },
  });
  return {
    async observe(plugin, operation, step) {
      const startMs = clock.monotonicNow();
      let status = 'success';
      try { return await step(); } catch (error) { status = 'fail-unknown'; throw error; } finally {
        const seconds = (clock.monotonicNow() - startMs) / 1000;
        duration.observe({ volume_plugin: plugin, operation_name: operation, status, migrated: 'false' }, seconds);
        if (status === 'success' && operation === 'volume_mount') total.observe({ plugin_name: plugin, operation_name: 'overall_volume_mount' }, seconds);
      }
    },
    csiCall: (driver, { method, code, seconds }) => { csi.observe({ driver_name: driver, method_name: method, grpc_status_code: code, migrated: 'false' }, seconds); },
  };
}
