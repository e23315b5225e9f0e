import { hostUsage } from './host-usage.ts';
import { resourceMetrics, statsSummary, type StatsDeps } from './stats.ts';

const container = { podUid: 'u', name: 'c', cpuNanoseconds: 2e9, memoryBytes: 4_096, rootfsBytes: 1, atMs: 77 };
const deps = {
  runtime: { usage: () => Promise.resolve([container, { ...container, podUid: 'other' }]) }, facts: { name: 'n' },
  workers: { list: () => [{ pod: { metadata: { name: 'p', namespace: 'ns', uid: 'u' } } }, { pod: { metadata: { name: 'empty', namespace: 'ns', uid: 'none' } } }] },
} as unknown as StatsDeps; // the parts that are read

describe('resourceMetrics', () => {
  it('tells of the host as a whole, of containers and of pods that run some', async () => {
    const lines = (await resourceMetrics(deps)).split('\n');
    expect(lines.filter((line) => /^(container|pod)_/.test(line))).toEqual([
      'container_cpu_usage_seconds_total{container="c",namespace="ns",pod="p"} 2 77', 'container_memory_working_set_bytes{container="c",namespace="ns",pod="p"} 4096 77',
      'pod_cpu_usage_seconds_total{namespace="ns",pod="p"} 2 77', 'pod_memory_working_set_bytes{namespace="ns",pod="p"} 4096 77',
    ]);
    const node = Number(/^node_memory_working_set_bytes (\d+)$/m.exec(lines.join('\n'))?.[1]);
    expect(node).toBeGreaterThan(4_096 * 2);
  });
});

describe('statsSummary', () => {
  it('tells of the host as a whole', async () => {
    const { node } = await statsSummary(deps) as { node: { cpu: { usageCoreNanoSeconds: number } } }; // its own shape
    expect(node.cpu.usageCoreNanoSeconds).toBeGreaterThan(0);
  });
});

describe('hostUsage', () => {
  it('only grows where it counts time', () => {
    const before = hostUsage();
    expect(hostUsage().cpuNanoseconds).toBeGreaterThanOrEqual(before.cpuNanoseconds);
  });
});
