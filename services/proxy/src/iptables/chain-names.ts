import { nameHash } from '@kubernode/netfilter';
import type { ServicePort } from '../topology/service-port.ts';

type Prefix = 'KUBE-SVC-' | 'KUBE-SVL-' | 'KUBE-EXT-' | 'KUBE-FW-';

/** The chain of a service port, named as kube-proxy names it, so that operators find what they know. */
export function serviceChain(prefix: Prefix, { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>): string {
  return prefix + nameHash(name + protocol);
}

export function endpointChain({ name, protocol }: Pick<ServicePort, 'name' | 'protocol'>, endpoint: string): string {
  return `KUBE-SEP-${nameHash(name + protocol + endpoint)}`;
}
