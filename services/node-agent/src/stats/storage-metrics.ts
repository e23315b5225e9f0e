import { Gauge, type Registry } from 'prom-client';
import type { StatsReports } from './stats-reports.ts';
import type { FsStats, PodStats } from './stats-summary.ts';

const VOLUME_FIGURES: readonly (readonly [name: string, help: string, field: keyof FsStats])[] = [
  ['capacity_bytes', 'Capacity in bytes of the volume', 'capacityBytes'], ['available_bytes', 'Number of available bytes in the volume', 'availableBytes'], ['used_bytes', 'Number of used bytes in the volume', 'usedBytes'],
  ['inodes', 'Maximum number of inodes in the volume', 'inodes'], ['inodes_free', 'Number of free inodes in the volume', 'inodesFree'], ['inodes_used', 'Number of used inodes in the volume', 'inodesUsed'],
];

/** What claims' volumes and containers' logs hold, read when somebody asks for the metrics: once for all of them. */
export function registerStorageMetrics(registry: Registry, reports: Pick<StatsReports, 'summary'>): void {
  const registers = [registry];
  const read = sharedReading(reports);
  for (const [name, help, field] of VOLUME_FIGURES) {
    new Gauge({ name: `kubelet_volume_stats_${name}`, help, labelNames: ['namespace', 'persistentvolumeclaim'], registers, async collect() { setVolumes(this, field, await read()); } });
  }
  new Gauge({
    name: 'kubelet_container_log_filesystem_used_bytes', help: 'Bytes used by the container\'s logs on the filesystem.', labelNames: ['uid', 'namespace', 'pod', 'container'], registers,
    async collect() {
      const pods = await read();
      this.reset();
      for (const { podRef: { uid, namespace, name }, containers } of pods) for (const one of containers) if (one.logs?.usedBytes !== undefined) this.set({ uid, namespace, pod: name, container: one.name }, one.logs.usedBytes);
    },
  });
}

/** Whoever asks while a reading is under way gets that one: a registry asks all its metrics at once. */
function sharedReading(reports: Pick<StatsReports, 'summary'>): () => Promise<readonly PodStats[]> {
  let pending: Promise<readonly PodStats[]> | undefined;
  return () => (pending ??= reports.summary({ onlyCpuAndMemory: false }).then(({ pods }) => pods).finally(() => { pending = undefined; }));
}

/** A claim that several pods use is told once. */
function setVolumes(gauge: Gauge<'namespace' | 'persistentvolumeclaim'>, field: keyof FsStats, pods: readonly PodStats[]): void {
  gauge.reset();
  for (const { pvcRef, [field]: value } of pods.flatMap(({ volume = [] }) => volume)) {
    if (pvcRef !== undefined && typeof value === 'number') gauge.set({ namespace: pvcRef.namespace, persistentvolumeclaim: pvcRef.name }, value);
  }
}
