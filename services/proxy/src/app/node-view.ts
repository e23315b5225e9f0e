import type { coreV1, discoveryV1 } from '@kubernode/api';
import { timeToMs, type IpFamily } from '@kubernode/apimachinery';
import type { LocalTraffic } from '../topology/local-traffic.ts';
import { addressesOf, rangesOf } from '../topology/of-family.ts';
import type { ProxySettings } from './proxy-options.ts';

/** What rules take from the proxy's own Node and from the cluster's ranges; when it changes, all rules are made anew. */
export interface NodeView { podCidrs: readonly string[]; addresses: readonly string[]; serviceRanges: readonly string[] }

/** Pure. */
export function nodeView(node: Readonly<coreV1.Node> | undefined, serviceRanges: readonly string[]): NodeView {
  const addresses = (type: string): string[] => (node?.status?.addresses ?? []).filter((one) => one.type === type).map(({ address }) => address);
  const podCidrs = node?.spec?.podCIDRs ?? (node?.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR]);
  return { podCidrs, addresses: [...addresses('InternalIP'), ...addresses('ExternalIP')], serviceRanges: [...serviceRanges].sort() };
}

/** The node's primary address of a family: the one that was told, or the first of the Node. Pure. */
export function nodeIpOf(family: IpFamily, { addresses }: NodeView, bindAddress: string): string | undefined {
  const [told] = addressesOf(family, [bindAddress]);
  return told !== undefined && told !== '0.0.0.0' && told !== '::' ? told : addressesOf(family, addresses)[0];
}

/** How pods' traffic is told; undefined where nothing is known that tells it. Pure. */
export function localTraffic(family: IpFamily, { local }: Pick<ProxySettings, 'local'>, { podCidrs }: NodeView): LocalTraffic | undefined {
  switch (local.mode) {
    case 'BridgeInterface': return { by: 'interface', name: local.bridge };
    case 'InterfaceNamePrefix': return { by: 'prefix', prefix: local.prefix };
    case 'ClusterCIDR': case 'NodeCIDR': {
      const [range] = rangesOf(family, local.mode === 'NodeCIDR' ? podCidrs : local.clusterCidrs);
      return range === undefined ? undefined : { by: 'range', range };
    }
  }
}

const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** When what changed a slice happened, by the wall clock of who saw it, ms. Pure. */
export function triggerTime(slice: Readonly<discoveryV1.EndpointSlice>): number | undefined {
  const text = slice.metadata.annotations?.[TRIGGER_TIME];
  return text === undefined ? undefined : timeToMs(text);
}
