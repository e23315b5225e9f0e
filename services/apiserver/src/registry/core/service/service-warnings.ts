import { cidrWarnings, ipWarnings } from '../../shared/legacy-ip-rules.ts';
import { NO_CLUSTER_IP, type Service } from './service-kind.ts';

const HINTS_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';

/** What is accepted but ignored, deprecated or ambiguous. */
export function serviceWarnings({ metadata, spec = {} }: Readonly<Service>): string[] {
  const { type, clusterIP = '', clusterIPs = [], externalIPs = [], loadBalancerIP = '' } = spec;
  const headless = type === 'ClusterIP' && clusterIP === NO_CLUSTER_IP;
  const hasAddress = clusterIP !== '' && clusterIP !== NO_CLUSTER_IP;
  return [
    ...(metadata.annotations?.[HINTS_ANNOTATION] === undefined ? [] : [`annotation ${HINTS_ANNOTATION} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...(hasAddress ? clusterIPs.flatMap((ip, index) => ipWarnings(ip, `spec.clusterIPs[${index}]`)) : []),
    ...(headless ? headlessWarnings(spec) : []),
    ...externalIPs.flatMap((ip, index) => ipWarnings(ip, `spec.externalIPs[${index}]`)),
    ...(externalIPs.length > 0 && !headless && type !== 'ExternalName' ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] : []),
    ...(loadBalancerIP === '' ? [] : ipWarnings(loadBalancerIP, 'spec.loadBalancerIP')),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, index) => cidrWarnings(range.trim(), `spec.loadBalancerSourceRanges[${index}]`)),
    ...(type === 'ExternalName' && externalIPs.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(type !== 'ExternalName' && spec.externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...(spec.trafficDistribution === 'PreferClose' ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'] : []),
  ];
}

function headlessWarnings({ loadBalancerIP = '', externalIPs = [], sessionAffinity }: Readonly<NonNullable<Service['spec']>>): string[] {
  return [
    ...(loadBalancerIP === '' ? [] : ['spec.loadBalancerIP is ignored for headless services']),
    ...(externalIPs.length === 0 ? [] : ['spec.externalIPs is ignored for headless services']),
    ...(sessionAffinity === 'None' ? [] : ['spec.SessionAffinity is ignored for headless services']),
  ];
}
