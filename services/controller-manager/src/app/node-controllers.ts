import { UsageError } from '@kubernode/component-base';
import { nodeIpamController } from '../controllers/node/ipam/node-ipam-controller.ts';
import { clusterRanges } from '../controllers/node/ipam/cluster-ranges.ts';
import { rangeMetrics, type RangeMetrics } from '../controllers/node/ipam/metrics.ts';
import { nodeLifecycleControllers } from '../controllers/node/lifecycle/node-lifecycle-controllers.ts';
import { nodeMetrics } from '../controllers/node/metrics.ts';
import { nodeTtlController } from '../controllers/node/node-ttl-controller.ts';
import { taintEvictionController } from '../controllers/node/taint-eviction/taint-eviction-controller.ts';
import { podGarbageCollector } from '../controllers/pod-garbage-collector/pod-garbage-collector.ts';
import type { Factory } from './controller-table.ts';
import type { NodeOptions } from './node-options.ts';

/** The controllers of nodes and of the pods they leave, by the names that --controllers takes. */
export const nodeControllers: Readonly<Record<string, Factory>> = {
  'node-lifecycle-controller': (options, { clock, registry }) => nodeLifecycleControllers({
    clock, onLook: nodeMetrics(registry).onLook, periodMs: options['node-monitor-period'],
    graceMs: options['node-monitor-grace-period'], startupGraceMs: options['node-startup-grace-period'],
    evictionRate: options['node-eviction-rate'], secondaryEvictionRate: options['secondary-node-eviction-rate'],
    largeClusterSize: options['large-cluster-size-threshold'], unhealthyZoneShare: options['unhealthy-zone-threshold'],
  }),
  'taint-eviction-controller': (_options, { clock, registry }) => taintEvictionController({ clock, onEviction: nodeMetrics(registry).onEviction }),
  'ttl-controller': () => nodeTtlController(),
  'node-ipam-controller': (options, { registry }) => (options['allocate-node-cidrs'] ? ipam(options, rangeMetrics(registry)) : undefined),
  'pod-garbage-collector-controller': (options, { clock, registry }) => podGarbageCollector({ clock, threshold: options['terminated-pod-gc-threshold'], onRemoval: nodeMetrics(registry).onRemoval }),
};

function ipam(options: NodeOptions, metrics: RangeMetrics): ReturnType<typeof nodeIpamController> {
  const ranges = clusterRanges({
    clusterCidr: options['cluster-cidr'] ?? '', serviceRange: options['service-cluster-ip-range'] ?? '',
    maskSize: positive(options['node-cidr-mask-size']), maskSizeIPv4: positive(options['node-cidr-mask-size-ipv4']), maskSizeIPv6: positive(options['node-cidr-mask-size-ipv6']),
  }, metrics);
  if ('fault' in ranges) throw new UsageError(ranges.fault);
  return nodeIpamController(ranges.sets);
}

/** 0 is as good as not given. */
function positive(size: number | undefined): number | undefined { return size === 0 ? undefined : size; }
