import type { coreV1 } from '@kubernode/api';
import { podAffinity, type PodAffinity } from './affinity-terms.ts';
import { podRequests, podScoringRequests, type Amounts } from './pod-requests.ts';

type Pod = Readonly<coreV1.Pod>;

export interface HostPort { readonly ip: string; readonly protocol: string; readonly port: number }

/** A pod as scheduling sees it; what it needs is worked out once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly priority: number;
  readonly requests: Amounts;
  readonly scoring: { readonly cpu: number; readonly memory: number };
  readonly affinity: PodAffinity | undefined;
  readonly hostPorts: readonly HostPort[];
  /** `namespace/name` of the persistent volume claims that its volumes name; those of ephemeral volumes are its own. */
  readonly claims: readonly string[];
  readonly terminating: boolean;
}

const NONE: readonly never[] = [];
const ANY_ADDRESS = '0.0.0.0';
/** Pods of one workload need the same; what they need is kept once. */
const SHAPES_MAX = 4096;
const shapes = new Map<string, Pick<PodInfo, 'requests' | 'scoring'>>();

export function podInfo(pod: Pod): PodInfo {
  const { metadata, spec } = pod;
  const { requests, scoring } = shapeOf(pod);
  return {
    pod, uid: metadata.uid ?? '', namespace: metadata.namespace ?? '', labels: metadata.labels, priority: spec?.priority ?? 0,
    requests, scoring, affinity: podAffinity(pod), hostPorts: hostPortsOf(pod), claims: claimsOf(pod), terminating: metadata.deletionTimestamp !== undefined,
  };
}

function shapeOf(pod: Pod): Pick<PodInfo, 'requests' | 'scoring'> {
  const { spec, status } = pod;
  const resized = [...status?.containerStatuses ?? NONE, ...status?.initContainerStatuses ?? NONE].filter(({ resources }) => resources !== undefined).map(({ name, resources, allocatedResources }) => [name, resources, allocatedResources]);
  const key = JSON.stringify([
    spec?.containers?.map(({ name, resources }) => [name, resources]), spec?.initContainers?.map(({ name, resources, restartPolicy }) => [name, resources, restartPolicy]), spec?.resources?.requests, spec?.overhead,
    resized, status?.resources, status?.allocatedResources, status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason,
  ]);
  let shape = shapes.get(key);
  if (shape === undefined) {
    if (shapes.size >= SHAPES_MAX) shapes.clear();
    shape = { requests: podRequests(pod), scoring: podScoringRequests(pod) };
    shapes.set(key, shape);
  }
  return shape;
}

function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const collect = (container: Readonly<coreV1.Container>): void => {
    for (const { hostPort, hostIP, protocol } of container.ports ?? NONE) {
      if (hostPort !== undefined && hostPort > 0) (ports ??= []).push({ port: hostPort, protocol: protocol ?? 'TCP', ip: hostIP === undefined || hostIP === '' ? ANY_ADDRESS : hostIP });
    }
  };
  for (const container of spec?.containers ?? NONE) collect(container);
  for (const container of spec?.initContainers ?? NONE) if (container.restartPolicy === 'Always') collect(container);
  return ports ?? NONE;
}

/** "All addresses" clashes with any; two addresses of one's own do not. */
export function portsClash(wanted: readonly HostPort[], used: readonly HostPort[]): boolean {
  return wanted.some((a) => used.some((b) => a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS)));
}

function claimsOf({ metadata, spec }: Pod): readonly string[] {
  let claims: string[] | undefined;
  for (const { persistentVolumeClaim } of spec?.volumes ?? NONE) {
    if (persistentVolumeClaim !== undefined) (claims ??= []).push(`${metadata.namespace ?? ''}/${persistentVolumeClaim.claimName}`);
  }
  return claims ?? NONE;
}
