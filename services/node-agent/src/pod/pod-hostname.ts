import type { Pod } from './pod-facts.ts';

const HOSTNAME_MAX = 63; // the kernel's limit is 64 with the end mark

export interface PodHostname { hostname: string; domain: string }

/** The host name a pod sees and the domain behind it (`subdomain.namespace.svc.cluster`, or empty). */
export function podHostname(pod: Pod, clusterDomain: string): PodHostname {
  const { hostname = '', subdomain = '', hostnameOverride } = pod.spec ?? {};
  if (hostnameOverride !== undefined) return { hostname: hostnameOverride, domain: '' };
  const name = (hostname === '' ? pod.metadata.name.slice(0, HOSTNAME_MAX).replace(/[-.]+$/, '') : hostname);
  return { hostname: name, domain: subdomain === '' ? '' : `${subdomain}.${pod.metadata.namespace ?? ''}.svc.${clusterDomain}` };
}
