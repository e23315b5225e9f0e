import type { Clock } from '@kubernode/base';
import type { Registry } from 'prom-client';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { CgroupFiles } from '../stats/cgroup-files.ts';
import { NodeStats } from '../stats/node-stats.ts';
import { StatsReports } from '../stats/stats-reports.ts';
import { registerStorageMetrics } from '../stats/storage-metrics.ts';
import { StorageStats } from '../stats/storage-stats.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { NodeConfig } from './node-config.ts';

interface StatsParts { config: NodeConfig; facts: NodeFacts; runtime: CriRuntime; registry: Registry; workers: PodWorkers; volumes: Pick<VolumeManager, 'claimedDirs' | 'driverUsage'>; clock: Clock }

/** What the node's server tells of usage; `stats` is to be run. */
export function assembleStats({ config, facts, runtime, registry, workers, volumes, clock }: StatsParts): { stats: NodeStats; reports: StatsReports } {
  const files = new CgroupFiles();
  const stats = new NodeStats({ files, workers, cgroupRoot: config.cgroupRoot, clock });
  const storage = new StorageStats({ runtime, clock, rootDir: config.rootDir, podLogsDir: config.podLogsDir });
  const reports = new StatsReports({ stats, storage, files, workers, claimedDirs: (uid) => volumes.claimedDirs(uid), driverUsage: (uid, volume) => volumes.driverUsage(uid, volume), facts, clock, rootDir: config.rootDir });
  registerStorageMetrics(registry, reports);
  return { stats, reports };
}
