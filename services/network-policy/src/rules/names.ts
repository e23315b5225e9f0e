import type { IpFamily } from '@kubernode/apimachinery';
import { nameHash } from '@kubernode/netfilter';
import type { Direction } from '../policy/compile-policy.ts';

/** The chain to which the kernel's own chain jumps. */
export const topChain = 'KUBE-NWPLCY';

/** All chains of ours. */
export const ownChains: RegExp = /^KUBE-(NWPLCY|POD-FW)(-|$)/;

/** How the names of all our sets begin, of both families. */
export const setPrefix = 'KUBE-NP';

/** What a policy lets through in a direction. */
export function policyChain(policyKey: string, direction: Direction): string {
  return `${topChain}-${nameHash(`${direction}/${policyKey}`)}`;
}

/** What a pod is let in or out. */
export function podChain(podKey: string, direction: Direction): string {
  return `KUBE-POD-FW-${nameHash(`${direction}/${podKey}`)}`;
}

/** `id` is a hash already. */
export function setName(id: string, family: IpFamily): string {
  return `${setPrefix}${family === 'IPv4' ? '4' : '6'}-${id}`;
}
