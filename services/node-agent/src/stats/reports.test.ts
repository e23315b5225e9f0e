import { cadvisorMetrics, type CadvisorGroup } from './cadvisor-metrics.ts';
import type { CgroupDetails } from './cgroup-details.ts';
import type { CgroupUsage } from './cgroup-usage.ts';
import { computeSummary } from './compute-summary.ts';
import { Exposition, labelText } from '@kubernode/component-base';
import { parseNetworkUsage } from './network-usage.ts';
import type { NodeFigures, PodFigures } from './node-stats.ts';
import { resourceMetrics } from './resource-metrics.ts';

const AT = Date.parse('2026-01-01T00:00:10Z');
const TIME = '2026-01-01T00:00:10Z';
const usage = (factor: number): CgroupUsage => ({
  atMs: AT, cpu: { usageNs: factor * 1e9, userNs: 0, systemNs: 0, periods: 0, throttledPeriods: 0, throttledNs: 0 },
  memory: { usageBytes: factor * 100, workingSetBytes: factor * 80, rssBytes: factor * 50, cacheBytes: 0, mappedFileBytes: 0, swapBytes: 0, pageFaults: 1, majorPageFaults: 2, limitBytes: undefined, swapLimitBytes: undefined },
});
const container = { id: 'i1', name: 'c', image: 'img', group: '/p/i1', usage: usage(1), nanoCores: 5, startedAtMs: AT - 5000 };
const pod: PodFigures = { name: 'web', namespace: 'ns', uid: 'u', hostNetwork: false, group: '/p', usage: usage(2), nanoCores: 7, startedAtMs: AT - 9000, sandbox: undefined, containers: [container] };
const figures: NodeFigures = { node: { group: '/', usage: usage(10), nanoCores: 9, startedAtMs: 0 }, systems: [{ name: 'pods', group: '/kubepods', usage: usage(3), nanoCores: undefined, startedAtMs: 0 }], pods: [pod, { ...pod, name: 'new', uid: 'v', usage: undefined, containers: [] }] };
const disk = { atMs: AT, availableBytes: 60, capacityBytes: 100, usedBytes: 40, inodes: 10, inodesFree: 4 };

describe('resourceMetrics', () => {
  it('tells of the node, of pods and of containers, with the time of the reading', () => {
    expect(resourceMetrics(figures).split('\n').filter((line) => !line.startsWith('#') && line !== '')).toEqual([
      `container_cpu_usage_seconds_total{container="c",namespace="ns",pod="web"} 1 ${AT}`,
      `container_memory_working_set_bytes{container="c",namespace="ns",pod="web"} 80 ${AT}`,
      `container_start_time_seconds{container="c",namespace="ns",pod="web"} ${(AT - 5000) / 1000}`,
      `container_swap_usage_bytes{container="c",namespace="ns",pod="web"} 0 ${AT}`,
      `node_cpu_usage_seconds_total 10 ${AT}`, `node_memory_working_set_bytes 800 ${AT}`, `node_swap_usage_bytes 0 ${AT}`,
      `pod_cpu_usage_seconds_total{namespace="ns",pod="web"} 2 ${AT}`, `pod_memory_working_set_bytes{namespace="ns",pod="web"} 160 ${AT}`, `pod_swap_usage_bytes{namespace="ns",pod="web"} 0 ${AT}`,
      'resource_scrape_error 0', 'scrape_error 0',
    ]);
  });

  it('says when the node could not be read', () => { expect(resourceMetrics({ ...figures, node: { ...figures.node, usage: undefined } })).toContain('\nresource_scrape_error 1\n'); });
});

describe('computeSummary', () => {
  const base = { nodeName: 'n', nowMs: AT, memoryBytes: 1000, bootedAtMs: AT - 60_000, figures };

  it('has processors and memory alone when nothing else was read', () => {
    expect(computeSummary(base)).toEqual({
      node: {
        nodeName: 'n', startTime: '2025-12-31T23:59:10Z', systemContainers: [{ name: 'pods', startTime: null, cpu: { time: TIME, usageCoreNanoSeconds: 3e9 }, memory: expect.objectContaining({ workingSetBytes: 240 }), swap: { time: TIME, swapUsageBytes: 0 } }],
        cpu: { time: TIME, usageNanoCores: 9, usageCoreNanoSeconds: 1e10 }, memory: { time: TIME, availableBytes: 200, usageBytes: 1000, workingSetBytes: 800, rssBytes: 500, pageFaults: 1, majorPageFaults: 2 }, swap: { time: TIME, swapUsageBytes: 0 },
      },
      pods: [
        expect.objectContaining({ podRef: { name: 'web', namespace: 'ns', uid: 'u' }, startTime: '2026-01-01T00:00:01Z', cpu: { time: TIME, usageNanoCores: 7, usageCoreNanoSeconds: 2e9 }, containers: [expect.objectContaining({ name: 'c', startTime: '2026-01-01T00:00:05Z' })] }),
        { podRef: { name: 'new', namespace: 'ns', uid: 'v' }, startTime: '2026-01-01T00:00:01Z', containers: [] },
      ],
    });
  });

  it('adds disks, networks, volumes and processes', () => {
    const eth0 = { name: 'eth0', rxBytes: 1, rxPackets: 2, rxErrors: 3, rxDropped: 4, txBytes: 5, txPackets: 6, txErrors: 7, txDropped: 8 };
    const volume = { claim: undefined, filesystem: disk, usedBytes: 6, inodesUsed: 1 };
    const { node, pods: [web] } = computeSummary({
      ...base, network: [eth0], processes: { max: 99, present: 5 },
      storage: { node: disk, images: { filesystem: disk, usedBytes: 9, inodesUsed: 2 }, containers: { filesystem: disk, usedBytes: 9, inodesUsed: 2 }, layers: new Map([['i1', { usedBytes: 10, inodesUsed: 3, atMs: AT }]]) },
      pods: new Map([['u', { network: [eth0], processCount: 2, volumes: [{ ...volume, name: 'scratch', isEphemeral: true }, { ...volume, name: 'data', isEphemeral: false, claim: { name: 'cl', namespace: 'ns' } }], logs: new Map([['c', { usedBytes: 20, inodesUsed: 4 }]]), etcHosts: { usedBytes: 1, inodesUsed: 1 } }]]),
    });
    const ofDisk = { time: TIME, availableBytes: 60, capacityBytes: 100, inodesFree: 4, inodes: 10 };
    const ofEth0 = { name: 'eth0', rxBytes: 1, rxErrors: 3, txBytes: 5, txErrors: 7 };
    expect(node).toMatchObject({ fs: { ...ofDisk, usedBytes: 40, inodesUsed: 6 }, runtime: { imageFs: { ...ofDisk, usedBytes: 9, inodesUsed: 6 }, containerFs: { usedBytes: 9 } }, rlimit: { time: TIME, maxpid: 99, curproc: 5 }, network: { ...ofEth0, interfaces: [ofEth0] } });
    expect(web).toMatchObject({
      network: { time: TIME, ...ofEth0, interfaces: [ofEth0] }, process_stats: { process_count: 2 },
      volume: [{ ...ofDisk, name: 'scratch', usedBytes: 6, inodesUsed: 1 }, { name: 'data', pvcRef: { name: 'cl', namespace: 'ns' } }],
      containers: [{ rootfs: { ...ofDisk, usedBytes: 10, inodesUsed: 3 }, logs: { ...ofDisk, usedBytes: 20, inodesUsed: 4 } }],
      'ephemeral-storage': { ...ofDisk, usedBytes: 10 + 20 + 6 + 1, inodesUsed: 3 + 4 + 1 + 1 },
    });
  });
});

describe('cadvisorMetrics', () => {
  const details: CgroupDetails = { processes: 1, threads: 2, threadsMax: undefined, oomKills: 0, io: [{ device: '/dev/sda', readBytes: 1, writeBytes: 2, reads: 3, writes: 4 }], cpuShares: 2, cpuPeriodUs: 100_000, cpuQuotaUs: undefined, memoryReservationBytes: 0, memoryMaxUsageBytes: 9, memoryFailures: 0, kernelMemoryBytes: 0 };
  const labels = { container: 'c', id: '/p/i1', image: 'img', name: 'i1', namespace: 'ns', pod: 'web' };
  const group: CadvisorGroup = { labels, figures: container, details, network: parseNetworkUsage('Inter-|\n face |bytes\n    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n') };
  const text = cadvisorMetrics([group, { ...group, labels: { ...labels, name: 'i2' }, details: { ...details, cpuQuotaUs: 20_000 }, network: undefined }], { cores: 2, memoryBytes: 1000, swapBytes: 0, bootId: 'b', machineId: 'm', systemUuid: 's', kernel: 'k', osImage: 'o' });
  const own = 'container="c",id="/p/i1",image="img",name="i1",namespace="ns",pod="web"';

  it.each([
    `container_cpu_usage_seconds_total{container="c",cpu="total",id="/p/i1",image="img",name="i1",namespace="ns",pod="web"} 1 ${AT}`,
    `container_memory_working_set_bytes{${own}} 80 ${AT}`, `container_memory_rss{${own}} 50 ${AT}`, `container_memory_cache{${own}} 0 ${AT}`, `container_memory_swap{${own}} 0 ${AT}`,
    `container_fs_reads_total{container="c",device="/dev/sda",id="/p/i1",image="img",name="i1",namespace="ns",pod="web"} 3 ${AT}`,
    `container_fs_writes_bytes_total{container="c",device="/dev/sda",id="/p/i1",image="img",name="i1",namespace="ns",pod="web"} 2 ${AT}`,
    `container_network_receive_bytes_total{container="c",id="/p/i1",image="img",interface="eth0",name="i1",namespace="ns",pod="web"} 1 ${AT}`,
    `container_network_transmit_packets_dropped_total{container="c",id="/p/i1",image="img",interface="eth0",name="i1",namespace="ns",pod="web"} 8 ${AT}`,
    `container_spec_memory_limit_bytes{${own}} 0`, `container_threads_max{${own}} 0 ${AT}`, 'machine_memory_bytes{boot_id="b",machine_id="m",system_uuid="s"} 1000', 'container_scrape_error 0',
    '# TYPE container_cpu_usage_seconds_total counter',
  ])('tells %s', (line) => { expect(text.split('\n')).toContain(line); });

  it('tells of throttling only where there is a quota', () => {
    expect(text.split('\n').filter((line) => line.startsWith('container_cpu_cfs_periods_total')).map((line) => /name="(\w+)"/.exec(line)?.[1])).toEqual(['i2']);
    expect(text).not.toContain('interface="lo"');
  });
});

test('Exposition: families in order, those without figures left out, labels escaped', () => {
  const out = new Exposition();
  out.declare('b', 'gauge', 'B.');
  out.declare('a', 'counter', 'A.');
  out.declare('empty', 'gauge', 'E.');
  out.add('b', labelText({ y: 'a"b\\c\nd', x: '1' }), 1.5, 1000.4);
  out.add('a', '', 2);
  out.add('a', '', undefined);
  out.add('unknown', '', 1);
  expect(String(out)).toBe('# HELP a A.\n# TYPE a counter\na 2\n# HELP b B.\n# TYPE b gauge\nb{x="1",y="a\\"b\\\\c\\nd"} 1.5 1000\n');
});
