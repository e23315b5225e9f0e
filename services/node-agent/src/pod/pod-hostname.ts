import type { Pod } from './pod-facts.ts';

/** The kernel's limit is 64 with the end mark. */
const HOSTNAME_MAX = 63;
const FQDN_MAX = 64;

export interface PodHostname { hostname: string; domain: string }

/** The host name a pod sees and the domain behind it (`subdomain.namespace.svc.cluster`, or empty). */
export function podHostname(pod: Pod, clusterDomain: string): PodHostname {
  const { hostname = '', subdomain = '', hostnameOverride } = pod.spec ?? {};
  if (hostnameOverride !== undefined) return { hostname: truncated(hostnameOverride), domain: '' };
  return {
    hostname: truncated(hostname === '' ? pod.metadata.name : hostname),
    domain: subdomain === '' ? '' : `${subdomain}.${pod.metadata.namespace ?? ''}.svc.${clusterDomain}`,
  };
}

/** The name that the kernel is told: with the domain where the pod wants that. Throws where it does not fit. */
export function kernelHostname(pod: Pod, clusterDomain: string): string {
  const { hostname, domain } = podHostname(pod, clusterDomain);
  if (domain === '' || pod.spec?.setHostnameAsFQDN !== true) return hostname;
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length > FQDN_MAX) {
    throw new Error(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${FQDN_MAX} characters is the max, ${fqdn.length} characters requested)`);
  }
  return fqdn;
}

function truncated(name: string): string { return name.length <= HOSTNAME_MAX ? name : name.slice(0, HOSTNAME_MAX).replace(/[-.]+$/, ''); }
