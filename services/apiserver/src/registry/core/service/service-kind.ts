import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';

export type Service = coreV1.Service & KubeObject;
export type ServiceSpec = coreV1.ServiceSpec;

/** The cluster IP of services that have none: their name leads straight to the pods. */
export const NO_CLUSTER_IP = 'None';

export function needsClusterIp({ type }: Readonly<ServiceSpec>): boolean {
  return type !== 'ExternalName';
}

export function needsNodePort({ type }: Readonly<ServiceSpec>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** Traffic that stays on its node needs a port by which balancers learn which nodes have pods. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: Readonly<ServiceSpec>): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/** Ports that are not named are chosen. */
export function choosesNodePorts({ type, allocateLoadBalancerNodePorts }: Readonly<ServiceSpec>): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

export function isExternallyAccessible({ type, externalIPs }: Readonly<ServiceSpec>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0);
}

export function isHeadless({ clusterIPs }: Readonly<ServiceSpec>): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === NO_CLUSTER_IP;
}

export function nodePortsOf({ ports }: Readonly<ServiceSpec>): number[] {
  return (ports ?? []).map(({ nodePort = 0 }) => nodePort).filter((port) => port !== 0);
}

export function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every((value, index) => value === b?.[index]);
}
