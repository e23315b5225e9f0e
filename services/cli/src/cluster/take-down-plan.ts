import type { NamedProcess } from '../host/stop-processes.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { nodeBridge, nodePlaces, type NodeBridge, type NodePlace } from './node-place.ts';
import { bridgeName } from './process-plan.ts';

/** One thing to stop or to remove. Each can be done again after a crash. */
export type TakeDownStep =
  | { readonly kind: 'stopProcess'; readonly process: NamedProcess; /** From SIGTERM to SIGKILL. */ readonly patienceMs: number }
  | { readonly kind: 'removePods'; readonly places: readonly NodePlace[] }
  | { readonly kind: 'deleteLink'; readonly link: string }
  | { readonly kind: 'removeNamespaces'; readonly bridge: NodeBridge | undefined; readonly places: readonly NodePlace[] }
  | { readonly kind: 'restoreHostNetwork'; readonly manifest: string }
  | { readonly kind: 'unmountBelow'; readonly folder: string }
  | { readonly kind: 'forgetInKubeconfig' }
  | { readonly kind: 'removeFolder'; readonly folder: string };

export interface TakeDownSnapshot {
  layout: Layout;
  config: ClusterConfig;
  /** What runs of the cluster. */
  running: readonly NamedProcess[];
  /** Under which the host's own node is reached. */
  hostAddress: string;
}

/** The supervisor stops its processes one stage after the other. */
const SUPERVISOR_STOP_MS = 40_000;
const ORPHAN_STOP_MS = 10_000;

/**
 * What is to be done for nothing of a cluster to be left on the host but its state folder: first what would start the others again, then all that runs,
 * then what that used. The folder of pid files goes last: whatever fails before it, the next try finds what still runs.
 */
export function planTakeDown({ layout, config, running, hostAddress }: TakeDownSnapshot): readonly TakeDownStep[] {
  const places = nodePlaces(config, hostAddress);
  const isSupervisor = ({ name }: NamedProcess): boolean => name === 'supervisor';
  return [
    ...running.filter(isSupervisor).map((process) => ({ kind: 'stopProcess', process, patienceMs: SUPERVISOR_STOP_MS }) as const),
    ...running.filter((one) => !isSupervisor(one)).map((process) => ({ kind: 'stopProcess', process, patienceMs: ORPHAN_STOP_MS }) as const), // those that a killed supervisor left
    ...(config.nodes > 0 ? networkSteps(layout, config, places) : []),
    { kind: 'unmountBelow', folder: layout.dir },
    ...places.map(({ node }) => ({ kind: 'removeFolder', folder: layout.containerd(node).state }) as const),
    { kind: 'forgetInKubeconfig' },
    { kind: 'removeFolder', folder: layout.runDir },
  ];
}

/** Pods, and what the host's own node made: its bridge, with its ports, and the overlay beside it. Others' go with their namespaces. */
function networkSteps(layout: Layout, config: ClusterConfig, places: readonly NodePlace[]): readonly TakeDownStep[] {
  const bridge = bridgeName(config, 0);
  return [
    { kind: 'removePods', places },
    ...[bridge, `${bridge}v`].map((link) => ({ kind: 'deleteLink', link }) as const),
    { kind: 'removeNamespaces', bridge: nodeBridge(config), places },
    { kind: 'restoreHostNetwork', manifest: layout.hostManifest },
  ];
}
