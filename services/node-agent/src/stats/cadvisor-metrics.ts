import type { CgroupDetails } from './cgroup-details.ts';
import { Exposition, joinLabels, labelParts, labelText, type Labels } from '@kubernode/component-base';
import type { InterfaceUsage } from './network-usage.ts';
import type { GroupFigures } from './node-stats.ts';

/** One control group with the labels by which dashboards find it. */
export interface CadvisorGroup {
  labels: Record<'container' | 'id' | 'image' | 'name' | 'namespace' | 'pod', string>;
  figures: GroupFigures;
  details: CgroupDetails;
  /** Of the group that owns a network: a pod's sandbox, or the node. */
  network?: readonly InterfaceUsage[] | undefined;
}

export interface Machine { cores: number; memoryBytes: number; swapBytes: number; bootId: string; machineId: string; systemUuid: string; kernel: string; osImage: string }

type Value = (group: CadvisorGroup) => number | undefined;
type Row = readonly [name: string, type: 'counter' | 'gauge', help: string, value: Value];

const NS_PER_SECOND = 1e9;
const hasQuota = ({ details }: CadvisorGroup): boolean => (details.cpuQuotaUs ?? 0) > 0;

/** One figure a group, with its labels alone. */
const ROWS: readonly Row[] = [
  ['container_cpu_user_seconds_total', 'counter', 'Cumulative user cpu time consumed in seconds.', ({ figures: { usage } }) => usage?.cpu && usage.cpu.userNs / NS_PER_SECOND],
  ['container_cpu_system_seconds_total', 'counter', 'Cumulative system cpu time consumed in seconds.', ({ figures: { usage } }) => usage?.cpu && usage.cpu.systemNs / NS_PER_SECOND],
  ['container_cpu_cfs_periods_total', 'counter', 'Number of elapsed enforcement period intervals.', (group) => (hasQuota(group) ? group.figures.usage?.cpu?.periods : undefined)],
  ['container_cpu_cfs_throttled_periods_total', 'counter', 'Number of throttled period intervals.', (group) => (hasQuota(group) ? group.figures.usage?.cpu?.throttledPeriods : undefined)],
  ['container_cpu_cfs_throttled_seconds_total', 'counter', 'Total time duration the container has been throttled.', (group) => (hasQuota(group) ? (group.figures.usage?.cpu?.throttledNs ?? 0) / NS_PER_SECOND : undefined)],
  ['container_memory_usage_bytes', 'gauge', 'Current memory usage in bytes, including all memory regardless of when it was accessed', ({ figures: { usage } }) => usage?.memory?.usageBytes],
  ['container_memory_working_set_bytes', 'gauge', 'Current working set in bytes.', ({ figures: { usage } }) => usage?.memory?.workingSetBytes],
  ['container_memory_rss', 'gauge', 'Size of RSS in bytes.', ({ figures: { usage } }) => usage?.memory?.rssBytes],
  ['container_memory_cache', 'gauge', 'Number of bytes of page cache memory.', ({ figures: { usage } }) => usage?.memory?.cacheBytes],
  ['container_memory_mapped_file', 'gauge', 'Size of memory mapped files in bytes.', ({ figures: { usage } }) => usage?.memory?.mappedFileBytes],
  ['container_memory_swap', 'gauge', 'Container swap usage in bytes.', ({ figures: { usage } }) => usage?.memory?.swapBytes],
  ['container_memory_max_usage_bytes', 'gauge', 'Maximum memory usage recorded in bytes', ({ details }) => details.memoryMaxUsageBytes],
  ['container_memory_failcnt', 'counter', 'Number of memory usage hits limits', ({ details }) => details.memoryFailures],
  ['container_memory_kernel_usage', 'gauge', 'Size of kernel memory allocated in bytes.', ({ details }) => details.kernelMemoryBytes],
  ['container_oom_events_total', 'counter', 'Count of out of memory events observed for the container', ({ details }) => details.oomKills],
  ['container_processes', 'gauge', 'Number of processes running inside the container.', ({ details }) => details.processes],
  ['container_threads', 'gauge', 'Number of threads running inside the container', ({ details }) => details.threads],
  ['container_threads_max', 'gauge', 'Maximum number of threads allowed inside the container, infinity if value is zero', ({ details }) => details.threadsMax ?? 0],
  ['container_spec_cpu_period', 'gauge', 'CPU period of the container.', ({ details }) => details.cpuPeriodUs],
  ['container_spec_cpu_quota', 'gauge', 'CPU quota of the container.', (group) => (hasQuota(group) ? group.details.cpuQuotaUs : undefined)],
  ['container_spec_cpu_shares', 'gauge', 'CPU share of the container.', ({ details }) => details.cpuShares],
  ['container_spec_memory_limit_bytes', 'gauge', 'Memory limit for the container.', ({ figures: { usage } }) => usage?.memory && (usage.memory.limitBytes ?? 0)],
  ['container_spec_memory_swap_limit_bytes', 'gauge', 'Memory swap limit for the container.', ({ figures: { usage } }) => usage?.memory && (usage.memory.swapLimitBytes ?? 0)],
  ['container_spec_memory_reservation_limit_bytes', 'gauge', 'Memory reservation limit for the container.', ({ details }) => details.memoryReservationBytes],
  ['container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds.', ({ figures: { startedAtMs } }) => (startedAtMs > 0 ? startedAtMs / 1000 : undefined)],
  ['container_last_seen', 'gauge', 'Last time a container was seen by the exporter', ({ figures: { usage } }) => usage && Math.floor(usage.atMs / 1000)],
];

const IO_ROWS = [
  ['container_fs_reads_bytes_total', 'Cumulative count of bytes read', 'readBytes'],
  ['container_fs_writes_bytes_total', 'Cumulative count of bytes written', 'writeBytes'],
  ['container_fs_reads_total', 'Cumulative count of reads completed', 'reads'],
  ['container_fs_writes_total', 'Cumulative count of writes completed', 'writes'],
] as const;

const NETWORK_ROWS = [
  ['container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'],
  ['container_network_receive_packets_total', 'Cumulative count of packets received', 'rxPackets'],
  ['container_network_receive_packets_dropped_total', 'Cumulative count of packets dropped while receiving', 'rxDropped'],
  ['container_network_receive_errors_total', 'Cumulative count of errors encountered while receiving', 'rxErrors'],
  ['container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'],
  ['container_network_transmit_packets_total', 'Cumulative count of packets transmitted', 'txPackets'],
  ['container_network_transmit_packets_dropped_total', 'Cumulative count of packets dropped while transmitting', 'txDropped'],
  ['container_network_transmit_errors_total', 'Cumulative count of errors encountered while transmitting', 'txErrors'],
] as const;

/** What does not change has no time. */
const UNTIMED = /^container_(?:spec_|start_time)/;
const CPU_TOTAL = 'container_cpu_usage_seconds_total';
const MEMORY_FAULTS = 'container_memory_failures_total';

/** /metrics/cadvisor: cAdvisor's names and labels, as dashboards and alerts of Kubernetes read them. Pure. */
export function cadvisorMetrics(groups: readonly CadvisorGroup[], machine: Machine): string {
  const out = new Exposition();
  for (const [name, type, help] of ROWS) out.declare(name, type, help);
  for (const [name, help] of [...IO_ROWS, ...NETWORK_ROWS]) out.declare(name, 'counter', help);
  out.declare(CPU_TOTAL, 'counter', 'Cumulative cpu time consumed in seconds.');
  out.declare(MEMORY_FAULTS, 'counter', 'Cumulative count of memory allocation failures.');
  for (const group of groups) addGroup(out, group);
  addMachine(out, machine);
  return out.toString();
}

function addGroup(out: Exposition, group: CadvisorGroup): void {
  const { labels, figures: { usage }, details, network = [] } = group;
  const parts = labelParts(labels);
  const own = joinLabels(parts);
  const atMs = usage?.atMs;
  const withMore = (more: Labels): string => joinLabels([...parts, ...labelParts(more)]);
  for (const [name, , , value] of ROWS) out.add(name, own, value(group), UNTIMED.test(name) ? undefined : atMs);
  if (usage?.cpu) out.add(CPU_TOTAL, withMore({ cpu: 'total' }), usage.cpu.usageNs / NS_PER_SECOND, atMs);
  if (usage?.memory) {
    for (const [kind, value] of [['pgfault', usage.memory.pageFaults], ['pgmajfault', usage.memory.majorPageFaults]] as const) {
      for (const scope of ['container', 'hierarchy']) out.add(MEMORY_FAULTS, withMore({ failure_type: kind, scope }), value, atMs);
    }
  }
  for (const io of details.io) for (const [name, , field] of IO_ROWS) out.add(name, withMore({ device: io.device }), io[field], atMs);
  for (const one of network) for (const [name, , field] of NETWORK_ROWS) out.add(name, withMore({ interface: one.name }), one[field], atMs);
}

function addMachine(out: Exposition, { cores, memoryBytes, swapBytes, bootId, machineId, systemUuid, kernel, osImage }: Machine): void {
  const labels = labelText({ boot_id: bootId, machine_id: machineId, system_uuid: systemUuid });
  const add = (name: string, help: string, value: number, text = labels): void => { out.declare(name, 'gauge', help); out.add(name, text, value); };
  add('machine_cpu_cores', 'Number of logical CPU cores.', cores);
  add('machine_memory_bytes', 'Amount of memory installed on the machine.', memoryBytes);
  add('machine_swap_bytes', 'Amount of swap memory available on the machine.', swapBytes);
  add('cadvisor_version_info', 'A metric with a constant \'1\' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.', 1, labelText({ cadvisorRevision: '', cadvisorVersion: '', dockerVersion: '', kernelVersion: kernel, osVersion: osImage }));
  add('container_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise', 0, '');
}
