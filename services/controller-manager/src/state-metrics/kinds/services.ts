import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { gauge, info, lifeFamilies, type Family, type StateKind } from '../family.ts';

type Service = coreV1.Service;

const families: readonly Family<Service>[] = [
  info('kube_service_info', 'Information about service.', ({ spec }) => ({ cluster_ip: spec?.clusterIP ?? '', external_name: spec?.externalName ?? '', load_balancer_ip: spec?.loadBalancerIP ?? '', external_traffic_policy: spec?.externalTrafficPolicy ?? '' })),
  ...lifeFamilies<Service>('kube_service'),
  info('kube_service_spec_type', 'Type about service.', ({ spec }) => ({ type: spec?.type ?? '' })),
  gauge('kube_service_spec_external_ip', 'Service external ips. One series for each ip', ({ spec }) => (spec?.externalIPs ?? []).map((ip) => ({ labels: { external_ip: ip }, value: 1 }))),
  gauge('kube_service_status_load_balancer_ingress', 'Service load balancer ingress status', ({ status }) => (status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) => ({ labels: { ip, hostname }, value: 1 }))),
];

export const services: StateKind<Service> = { resource: coreV1Resources.services, identity: ({ metadata: { namespace = '', name, uid = '' } }) => ({ namespace, service: name, uid }), families };
