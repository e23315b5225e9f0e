import type { coreV1 } from '@kubernode/api';
import type { IpFamily } from '@kubernode/apimachinery';
import { protocolOf } from './endpoint.ts';
import { addressesOf, rangesOf } from './of-family.ts';
import type { ServicePort } from './service-port.ts';

type Service = Readonly<coreV1.Service>;

/** What this node forwards of a service under one family: nothing for headless services, mere names, and those of another proxy. Pure. */
export function readService(service: Service, family: IpFamily): readonly ServicePort[] {
  const spec = service.spec ?? {};
  const clusterIp = isForwarded(service) ? clusterIpOf(service, family) : undefined;
  if (clusterIp === undefined) return [];
  const namespace = service.metadata.namespace ?? '';
  const name = service.metadata.name ?? '';
  const shared = {
    namespace, service: name, clusterIp,
    externalIps: addressesOf(family, spec.externalIPs ?? []), loadBalancerIps: loadBalancerIps(service, family), sourceRanges: sourceRanges(spec, family),
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS : 0,
    internalLocal: spec.internalTrafficPolicy === 'Local', externalLocal: isExternalLocal(spec),
    healthCheckNodePort: spec.type === 'LoadBalancer' && isExternalLocal(spec) ? spec.healthCheckNodePort ?? 0 : 0,
  };
  return (spec.ports ?? []).map((port) => ({
    ...shared, portName: port.name ?? '', name: `${namespace}/${name}${port.name === undefined || port.name === '' ? '' : `:${port.name}`}`,
    protocol: protocolOf(port.protocol), port: port.port, nodePort: port.nodePort ?? 0,
  }));
}

/** The API's default for affinity by client address, 3 h. */
const AFFINITY_SECONDS = 10_800;
const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name';
const HEADLESS_OF_CONTROLLERS = 'service.kubernetes.io/headless';

function isForwarded({ metadata, spec }: Service): boolean {
  const { clusterIP, type } = spec ?? {};
  return clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None' && type !== 'ExternalName' && metadata.labels?.[OTHER_PROXY] === undefined && metadata.labels?.[HEADLESS_OF_CONTROLLERS] === undefined;
}

function clusterIpOf({ spec }: Service, family: IpFamily): string | undefined {
  const addresses = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
  return addressesOf(family, addresses)[0];
}

function isExternalLocal({ type, externalTrafficPolicy, externalIPs = [] }: coreV1.ServiceSpec): boolean {
  return externalTrafficPolicy === 'Local' && (type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0);
}

function loadBalancerIps({ status }: Service, family: IpFamily): readonly string[] {
  return addressesOf(family, (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip !== undefined && (ipMode ?? 'VIP') === 'VIP' ? [ip] : [])));
}

/** A range of everybody is as good as none. */
function sourceRanges({ loadBalancerSourceRanges }: coreV1.ServiceSpec, family: IpFamily): readonly string[] {
  const ranges = rangesOf(family, loadBalancerSourceRanges ?? []);
  return ranges.some((range) => range.endsWith('/0')) ? [] : ranges;
}
