import type { ContainerUsage, CriRuntime } from '../cri/cri-runtime.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { podUid } from '../pod/pod-facts.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { hostUsage } from './host-usage.ts';

export interface StatsDeps { runtime: Pick<CriRuntime, 'usage'>; workers: PodWorkers; facts: NodeFacts }

interface PodUsage { name: string; namespace: string; uid: string; containers: readonly ContainerUsage[] }

async function usageByPod({ runtime, workers }: StatsDeps): Promise<readonly PodUsage[]> {
  const all = await runtime.usage();
  return workers.list().map(({ pod }) => ({ name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', uid: podUid(pod), containers: all.filter((one) => one.podUid === podUid(pod)) }));
}

/** /metrics/resource: what metrics-server reads. */
export async function resourceMetrics(deps: StatsDeps): Promise<string> {
  const pods = await usageByPod(deps);
  const cpu: string[] = [];
  const memory: string[] = [];
  const podCpu: string[] = [];
  const podMemory: string[] = [];
  for (const { name, namespace, containers } of pods) {
    for (const one of containers) {
      const labels = `{container="${one.name}",namespace="${namespace}",pod="${name}"}`;
      cpu.push(`container_cpu_usage_seconds_total${labels} ${one.cpuNanoseconds / 1e9} ${one.atMs}`);
      memory.push(`container_memory_working_set_bytes${labels} ${one.memoryBytes} ${one.atMs}`);
    }
    if (containers.length === 0) continue;
    const { atMs = 0 } = containers[0] ?? {};
    podCpu.push(`pod_cpu_usage_seconds_total{namespace="${namespace}",pod="${name}"} ${sum(containers, 'cpuNanoseconds') / 1e9} ${atMs}`);
    podMemory.push(`pod_memory_working_set_bytes{namespace="${namespace}",pod="${name}"} ${sum(containers, 'memoryBytes')} ${atMs}`);
  }
  const host = hostUsage();
  return [
    family('container_cpu_usage_seconds_total', 'counter', cpu), family('container_memory_working_set_bytes', 'gauge', memory),
    family('node_cpu_usage_seconds_total', 'counter', [`node_cpu_usage_seconds_total ${host.cpuNanoseconds / 1e9}`]),
    family('node_memory_working_set_bytes', 'gauge', [`node_memory_working_set_bytes ${host.memoryBytes}`]),
    family('pod_cpu_usage_seconds_total', 'counter', podCpu), family('pod_memory_working_set_bytes', 'gauge', podMemory),
    family('resource_scrape_error', 'gauge', ['resource_scrape_error 0']),
  ].join('');
}

const sum = (usages: readonly ContainerUsage[], field: 'cpuNanoseconds' | 'memoryBytes' | 'rootfsBytes'): number => usages.reduce((total, one) => total + one[field], 0);
const family = (name: string, type: string, samples: readonly string[]): string => `# TYPE ${name} ${type}\n${samples.map((sample) => `${sample}\n`).join('')}`;

/** /stats/summary: the parts that containers' statistics give. */
export async function statsSummary(deps: StatsDeps): Promise<object> {
  const pods = await usageByPod(deps);
  const host = hostUsage();
  return {
    node: { nodeName: deps.facts.name, cpu: { usageCoreNanoSeconds: host.cpuNanoseconds }, memory: { workingSetBytes: host.memoryBytes } },
    pods: pods.map(({ name, namespace, uid, containers }) => ({
      podRef: { name, namespace, uid },
      containers: containers.map((one) => ({ name: one.name, cpu: { usageCoreNanoSeconds: one.cpuNanoseconds }, memory: { workingSetBytes: one.memoryBytes }, rootfs: { usedBytes: one.rootfsBytes } })),
      cpu: { usageCoreNanoSeconds: sum(containers, 'cpuNanoseconds') }, memory: { workingSetBytes: sum(containers, 'memoryBytes') },
    })),
  };
}
