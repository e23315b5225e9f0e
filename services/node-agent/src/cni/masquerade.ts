import { ensureChain, familyOfRange, type RunIptables } from './iptables-rules.ts';

/** What leaves the cluster's networks from a pod of this node gets the node's address; idempotent. Ranges of one family are meant for each other. */
export async function ensureMasquerade(iptables: RunIptables, { podCidrs, clusterCidrs }: { podCidrs: readonly string[]; clusterCidrs: readonly string[] }): Promise<void> {
  for (const podCidr of podCidrs) {
    const family = familyOfRange(podCidr);
    const clusterCidr = clusterCidrs.find((one) => familyOfRange(one) === family);
    if (clusterCidr === undefined) continue;
    await ensureChain(iptables, { family, table: 'nat', parent: 'POSTROUTING', name: 'KUBERNODE-MASQ', comment: 'kubernode: pods to outside', rules: [['-s', podCidr, '!', '-d', clusterCidr, '-j', 'MASQUERADE']] });
  }
}
