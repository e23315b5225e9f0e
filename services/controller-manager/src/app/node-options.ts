import { optionTable, type OptionSpec, type Options } from '@kubernode/component-base';

type Given<K extends 'boolean' | 'int' | 'float' | 'duration'> = OptionSpec<K> & { kind: K; default: NonNullable<OptionSpec<K>['default']> };
type Open<K extends 'string' | 'int'> = OptionSpec<K> & { kind: K };

type NodeTable = {
  readonly 'cluster-cidr': Open<'string'>;
  readonly 'allocate-node-cidrs': Given<'boolean'>;
  readonly 'node-cidr-mask-size': Open<'int'>;
  readonly 'node-cidr-mask-size-ipv4': Open<'int'>;
  readonly 'node-cidr-mask-size-ipv6': Open<'int'>;
  readonly 'service-cluster-ip-range': Open<'string'>;
  readonly 'node-monitor-period': Given<'duration'>;
  readonly 'node-monitor-grace-period': Given<'duration'>;
  readonly 'node-startup-grace-period': Given<'duration'>;
  readonly 'node-eviction-rate': Given<'float'>;
  readonly 'secondary-node-eviction-rate': Given<'float'>;
  readonly 'large-cluster-size-threshold': Given<'int'>;
  readonly 'unhealthy-zone-threshold': Given<'float'>;
  readonly 'terminated-pod-gc-threshold': Given<'int'>;
};

/** Flags of the controllers of nodes. */
export const nodeOptions: NodeTable = optionTable({
  'cluster-cidr': { kind: 'string', help: 'Range of all pods\' addresses; of two families with a comma', placeholder: 'CIDR' },
  'allocate-node-cidrs': { kind: 'boolean', default: false, help: 'Give each node a range of --cluster-cidr' },
  'node-cidr-mask-size': { kind: 'int', help: 'Bits of a node\'s range (default 24 for IPv4, 64 for IPv6)' },
  'node-cidr-mask-size-ipv4': { kind: 'int', help: 'Bits of a node\'s IPv4 range (default 24)' },
  'node-cidr-mask-size-ipv6': { kind: 'int', help: 'Bits of a node\'s IPv6 range (default 64)' },
  'service-cluster-ip-range': { kind: 'string', help: 'Range of Services\' addresses, which no node gets', placeholder: 'CIDR' },
  'node-monitor-period': { kind: 'duration', default: 5000, help: 'How often all nodes are looked at' },
  'node-monitor-grace-period': { kind: 'duration', default: 50_000, help: 'How long a node may be silent before it counts as Unknown' },
  'node-startup-grace-period': { kind: 'duration', default: 60_000, help: 'The same for a node that never reported' },
  'node-eviction-rate': { kind: 'float', default: 0.1, help: 'Nodes a second that pods are driven from when they fail, in each zone that is well' },
  'secondary-node-eviction-rate': { kind: 'float', default: 0.01, help: 'The same in a large zone that is not well; in a small one it is 0' },
  'large-cluster-size-threshold': { kind: 'int', default: 50, help: 'Nodes above which a zone is large' },
  'unhealthy-zone-threshold': { kind: 'float', default: 0.55, help: 'Share of nodes that are not ready (at least 3) from which a zone is not well' },
  'terminated-pod-gc-threshold': { kind: 'int', default: 12_500, help: 'How many ended pods may stay; 0 for all' },
});

export type NodeOptions = Options<NodeTable>;
