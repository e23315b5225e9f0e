import type { IpFamily } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import { createHostIptables, type Backend } from '@kubernode/netfilter';
import { networkInterfaces } from 'node:os';
import { readSysctl, setSysctl } from '../conntrack/conntrack-sysctls.ts';
import type { RenderSettings } from '../iptables/render-port.ts';
import { IptablesRules } from '../iptables/iptables-rules.ts';
import type { FamilyMetrics } from '../metrics.ts';
import { createNft } from '../nftables/nft.ts';
import { NftablesRules } from '../nftables/nftables-rules.ts';
import { inRanges, nodePortAddresses, type NodePortAddresses } from '../topology/node-port-addresses.ts';
import { rangesOf } from '../topology/of-family.ts';
import type { NodeView } from '../app/node-view.ts';
import { localTraffic, nodeIpOf } from '../app/node-view.ts';
import type { ProxySettings } from '../app/proxy-options.ts';
import type { RuleWriter } from './rule-writer.ts';

const TCP_LIBERAL = 'net/netfilter/nf_conntrack_tcp_be_liberal';
const ROUTE_LOCALNET = 'net/ipv4/conf/all/route_localnet';

/** What the rules of one family have in common, from options, node and host. */
export function renderSettings(family: IpFamily, settings: ProxySettings, view: NodeView): RenderSettings {
  const nodePorts = nodePortPlaces(family, settings, view);
  return {
    family, local: localTraffic(family, settings, view), masqueradeAll: settings.masqueradeAll, masqueradeBit: settings.masqueradeBit, nodeIp: nodeIpOf(family, view, settings.bindAddress),
    nodePorts, localhostNodePorts: family === 'IPv4' && settings.localhostNodePorts && (nodePorts.everywhere || settings.nodePortAddresses.some((range) => inRanges('127.0.0.1', [range]))),
    tcpLiberal: (readSysctl(TCP_LIBERAL) ?? 0) !== 0,
  };
}

/** Who writes the rules of one family in the mode that was chosen. */
export function createRuleWriter(rendering: RenderSettings, { settings, view, backend, clock, metrics }: { settings: ProxySettings; view: NodeView; backend: Backend; clock: Clock; metrics: FamilyMetrics }): RuleWriter {
  if (settings.mode === 'nftables') return new NftablesRules({ nft: createNft({ family: rendering.family }), settings: { ...rendering, serviceRanges: rangesOf(rendering.family, view.serviceRanges) }, clock, metrics });
  if (rendering.localhostNodePorts) setSysctl(ROUTE_LOCALNET, 1); // the rules keep neighbours from what listens on loopback
  return new IptablesRules({ iptables: createHostIptables({ family: rendering.family, backend }), backend, settings: rendering, metrics });
}

function nodePortPlaces(family: IpFamily, { nodePortAddresses: wanted, bindAddress }: ProxySettings, view: NodeView): NodePortAddresses {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
  if (wanted[0] !== 'primary') return nodePortAddresses(wanted, own, family);
  const primary = nodeIpOf(family, view, bindAddress);
  return { everywhere: false, addresses: primary === undefined ? [] : [primary] };
}
