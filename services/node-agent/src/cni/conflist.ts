export interface ConflistInput { bridge: string; podCidrs: readonly string[]; dataDir: string; mtu?: number }

/**
 * The network of the node's pods: one bridge, addresses by host-local, host ports by portmap. Hairpin lets a pod reach itself through its
 * service. The bridge plugin masks nothing itself: packets that leave the cluster are masked by a rule of the node agent (masquerade.ts).
 */
export function renderConflist({ bridge, podCidrs, dataDir, mtu }: ConflistInput): string {
  const ranges = podCidrs.map((subnet) => [{ subnet }]);
  return `${JSON.stringify({
    cniVersion: '0.4.0',
    name: 'kubernode',
    plugins: [
      {
        type: 'bridge', bridge, isGateway: true, isDefaultGateway: true, ipMasq: false, hairpinMode: true, ...(mtu !== undefined && { mtu }),
        ipam: { type: 'host-local', ranges, dataDir },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  }, null, 2)}\n`;
}
