import type { coreV1, discoveryV1 } from '@kubernode/api';
import { readIp, type IpFamily } from '@kubernode/apimachinery';
import { conditionOf } from '../conditions.ts';

export type Service = Readonly<coreV1.Service>;
export type Node = Readonly<coreV1.Node>;
export type Slice = Readonly<discoveryV1.EndpointSlice>;

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';

/** Whether load balancers may send traffic to a node, by the rules of Kubernetes' service controller. */
export function takesTraffic({ metadata, spec, status }: Node): boolean {
  return metadata.labels?.[EXCLUDED] === undefined && metadata.deletionTimestamp === undefined && spec?.taints?.some(({ key }) => key === TO_BE_DELETED) !== true && conditionOf(status?.conditions, 'Ready')?.status === 'True';
}

/** The addresses that stand for a load balancer: of nodes that run endpoints where traffic stays on its node, else of all nodes. Sorted. */
export function loadBalancerAddresses({ spec }: Service, nodes: readonly Node[], slices: readonly Slice[]): readonly string[] {
  const running = spec?.externalTrafficPolicy === 'Local' ? new Set(slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ nodeName, conditions }) => (nodeName !== undefined && conditions?.ready !== false ? [nodeName] : [])))) : undefined;
  const families = (spec?.ipFamilies ?? ['IPv4']) as readonly IpFamily[]; // the API's own two values
  const chosen = nodes.filter((node) => takesTraffic(node) && running?.has(node.metadata.name) !== false);
  return [...new Set(families.flatMap((family) => chosen.flatMap((node) => addressOf(node, family) ?? [])))].sort();
}

/** All addresses of a node, of whatever type. */
export function allAddresses({ status }: Node): readonly string[] {
  return (status?.addresses ?? []).flatMap(({ address }) => readIp(address)?.text ?? []);
}

/** The address that is seen from farthest. */
function addressOf({ status }: Node, family: IpFamily): string | undefined {
  for (const type of ['ExternalIP', 'InternalIP']) {
    for (const one of status?.addresses ?? []) {
      const ip = one.type === type ? readIp(one.address) : undefined;
      if (ip?.family === family) return ip.text;
    }
  }
  return undefined;
}
