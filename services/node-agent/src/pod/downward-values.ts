import { bytes, amount } from './amounts.ts';
import { allContainers, type Container, type Pod, podUid } from './pod-facts.ts';

/** What a pod may learn about itself. Addresses are those of now: the pod's own status is written later. */
export interface DownwardFacts {
  pod: Pod;
  hostIp: string;
  /** Of a node with two addresses, both. */
  hostIps?: readonly string[];
  podIps: readonly string[];
  nodeAllocatable: Readonly<Record<string, string>>;
}

/** The text of a field reference; throws for a path that is not offered. */
export function fieldValue(path: string, { pod, hostIp, hostIps = [hostIp], podIps }: DownwardFacts): string {
  const [, map, key] = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return (map === 'metadata.labels' ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? '';
  switch (path) {
    case 'metadata.annotations': return formatMap(pod.metadata.annotations);
    case 'metadata.labels': return formatMap(pod.metadata.labels);
    case 'metadata.name': return pod.metadata.name;
    case 'metadata.namespace': return pod.metadata.namespace ?? '';
    case 'metadata.uid': return podUid(pod);
    case 'spec.nodeName': return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName': return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP': return hostIp;
    case 'status.hostIPs': return hostIps.join(',');
    case 'status.podIP': return podIps[0] ?? '';
    case 'status.podIPs': return podIps.join(',');
    default: throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** `key="value"` a line, sorted by key. */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map).sort().map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n');
}

export interface ResourceReference { containerName?: string | undefined; resource: string; divisor?: string | undefined }

/** The text of a container's request or limit, in units of the divisor, rounded up. A missing limit is what the node can give. */
export function resourceValue(reference: ResourceReference, container: Container | undefined, { pod, nodeAllocatable }: DownwardFacts): string {
  const target = reference.containerName === undefined || reference.containerName === '' ? container : allContainers(pod).find((one) => one.name === reference.containerName);
  if (target === undefined) throw new Error(`container ${reference.containerName ?? ''} not found`);
  const [list = '', ...rest] = reference.resource.split('.');
  const name = rest.join('.');
  const { limits = {}, requests = {} } = target.resources ?? {};
  const quantity = list === 'limits' ? limits[name] ?? nodeAllocatable[name] : requests[name] ?? limits[name];
  const divisor = amount(reference.divisor) || 1;
  const value = name === 'cpu' ? amount(quantity) : bytes(quantity);
  return String(Math.ceil(Math.round((value / divisor) * 1e6) / 1e6));
}
