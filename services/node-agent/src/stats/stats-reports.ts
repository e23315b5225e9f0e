import { totalmem } from 'node:os';
import path from 'node:path';
import { afterArrivals, type Clock } from '@kubernode/base';
import type { NodeFacts } from '../node/compute-node.ts';
import type { Pod } from '../pod/pod-facts.ts';
import { podDir } from '../pod/pod-paths.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type CadvisorGroup, cadvisorMetrics } from './cadvisor-metrics.ts';
import { countProcesses, firstProcess, readCgroupDetails } from './cgroup-details.ts';
import { type CgroupFiles, readText } from './cgroup-files.ts';
import { computeSummary, type PodParts } from './compute-summary.ts';
import { directoryUsage } from './filesystem-usage.ts';
import { type InterfaceUsage, readNetworkUsage } from './network-usage.ts';
import type { ContainerFigures, GroupFigures, NodeStats, PodFigures } from './node-stats.ts';
import { resourceMetrics } from './resource-metrics.ts';
import type { StatsSummary } from './stats-summary.ts';
import type { StorageStats } from './storage-stats.ts';
import { volumeFigures, type VolumeStatsDeps } from './volume-stats.ts';

export interface StatsReportsDeps {
  stats: Pick<NodeStats, 'look'>;
  storage: StorageStats;
  files: CgroupFiles;
  workers: Pick<PodWorkers, 'get'>;
  claimedDirs: VolumeStatsDeps['claimedDirs'];
  driverUsage: VolumeStatsDeps['driverUsage'];
  facts: NodeFacts;
  clock: Clock;
  rootDir: string;
}

/** The runtime does not tell what image sandboxes are made of; dashboards want to see one. */
const SANDBOX_IMAGE = 'pause';
/** In bytes, as the kernel counts swap. */
const KIB = 1024;

/** What the node's server tells of usage, in each of its forms. */
export class StatsReports {
  readonly #deps: StatsReportsDeps;
  readonly #bootedAtMs: number;

  constructor(deps: StatsReportsDeps) {
    this.#deps = deps;
    this.#bootedAtMs = Number(/^btime (\d+)$/m.exec(readText('/proc/stat') ?? '')?.[1] ?? 0) * 1000;
  }

  /** /metrics/resource */
  async resource(): Promise<string> { return resourceMetrics(await this.#deps.stats.look()); }

  /** /metrics/cadvisor */
  async cadvisor(): Promise<string> {
    const { facts: { host } } = this.#deps;
    const swapKib = Number(/^SwapTotal: +(\d+)/m.exec(readText('/proc/meminfo') ?? '')?.[1] ?? 0);
    return cadvisorMetrics(await this.#groups(), { ...host, cores: host.cpus, swapBytes: swapKib * KIB });
  }

  /** /stats/summary */
  async summary({ onlyCpuAndMemory }: { onlyCpuAndMemory: boolean }): Promise<StatsSummary> {
    const { stats, storage, facts, clock } = this.#deps;
    const figures = await stats.look();
    const base = { nodeName: facts.name, nowMs: clock.now(), memoryBytes: totalmem(), bootedAtMs: this.#bootedAtMs, figures };
    if (onlyCpuAndMemory) return computeSummary(base);
    const parts = await Promise.all(figures.pods.map(async (pod) => [pod.uid, await this.#podParts(pod)] as const));
    return computeSummary({ ...base, storage: await storage.look(), network: readNetworkUsage('self'), processes: processCounts(), pods: new Map(parts) });
  }

  async #podParts(figures: PodFigures): Promise<PodParts> {
    const { storage, files, workers, rootDir } = this.#deps;
    const pod: Pod | undefined = workers.get(figures.uid)?.pod;
    const logs = await Promise.all(figures.containers.map(async ({ name }) => [name, await storage.logs(figures, name)] as const));
    const groups = [...figures.containers, ...(figures.sandbox ? [figures.sandbox] : [])];
    return {
      network: this.#network(figures), processCount: groups.reduce((total, { group }) => total + countProcesses(files, group), 0),
      volumes: pod === undefined ? [] : await volumeFigures({ ...this.#deps }, pod), logs: new Map(logs), etcHosts: await directoryUsage(path.join(podDir(rootDir, figures.uid), 'etc-hosts')),
    };
  }

  /** What a pod's network carried; nothing of pods on the node's. */
  #network({ hostNetwork, sandbox }: PodFigures): readonly InterfaceUsage[] | undefined {
    const pid = hostNetwork || sandbox === undefined ? undefined : firstProcess(this.#deps.files, sandbox.group);
    return pid === undefined ? undefined : readNetworkUsage(pid);
  }

  async #groups(): Promise<CadvisorGroup[]> {
    const { files, stats } = this.#deps;
    const { node, systems, pods } = await stats.look();
    const group = (figures: GroupFigures, labels: Partial<CadvisorGroup['labels']>, network?: readonly InterfaceUsage[]): CadvisorGroup => (
      { labels: { container: '', id: figures.group, image: '', name: '', namespace: '', pod: '', ...labels }, figures, details: readCgroupDetails(files, figures.group), network });
    const groups = [group(node, {}, readNetworkUsage('self')), ...systems.map((figures) => group(figures, {}))];
    for (const pod of pods) {
      const of = { namespace: pod.namespace, pod: pod.name };
      const member = ({ id, name, image }: ContainerFigures): Partial<CadvisorGroup['labels']> => ({ ...of, container: name, image, name: id });
      groups.push(group(pod, of));
      if (pod.sandbox) groups.push(group(pod.sandbox, { ...member(pod.sandbox), image: SANDBOX_IMAGE }, this.#network(pod)));
      for (const container of pod.containers) groups.push(group(container, member(container)));
      await new Promise<void>((resolve) => { afterArrivals(resolve); }); // many pods are many files: others get their turn
    }
    return groups.filter(({ figures: { usage } }) => usage !== undefined);
  }
}

/** How many processes there may be, and are, on the whole node. */
function processCounts(): { max: number; present: number } | undefined {
  const limits = ['pid_max', 'threads-max'].map((name) => Number(readText(`/proc/sys/kernel/${name}`) ?? Infinity));
  const present = Number(/\/(\d+) /.exec(readText('/proc/loadavg') ?? '')?.[1]);
  return Number.isNaN(present) ? undefined : { max: Math.min(...limits), present };
}
