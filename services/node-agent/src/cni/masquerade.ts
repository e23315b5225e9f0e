import type { IpFamily } from '@kubernode/apimachinery';
import { environmentWithSbin } from '@kubernode/netfilter';
import { runProgram } from '@kubernode/component-base';

/** Runs `iptables` or `ip6tables` with these arguments; rejects with its own words. */
export type RunIptables = (args: readonly string[], family?: IpFamily) => Promise<void>;

export const systemIptables: RunIptables = async (args, family = 'IPv4') => {
  const program = family === 'IPv4' ? 'iptables' : 'ip6tables';
  const { status, stderr } = await runProgram(program, ['-w', '5', ...args], { env: environmentWithSbin() });
  if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`);
};

const CHAIN = 'KUBERNODE-MASQ';

/** What leaves the cluster's networks from a pod of this node gets the node's address; idempotent. Ranges of one family are meant for each other. */
export async function ensureMasquerade(iptables: RunIptables, { podCidrs, clusterCidrs }: { podCidrs: readonly string[]; clusterCidrs: readonly string[] }): Promise<void> {
  for (const podCidr of podCidrs) {
    const family = familyOfRange(podCidr);
    const clusterCidr = clusterCidrs.find((one) => familyOfRange(one) === family);
    if (clusterCidr === undefined) continue;
    await iptables(['-t', 'nat', '-N', CHAIN], family).catch(() => undefined); // it exists
    await ensure(iptables, { family, chain: CHAIN, rule: ['-s', podCidr, '!', '-d', clusterCidr, '-m', 'comment', '--comment', 'kubernode: pods to outside', '-j', 'MASQUERADE'] });
    await ensure(iptables, { family, chain: 'POSTROUTING', rule: ['-m', 'comment', '--comment', 'kubernode: pods to outside', '-j', CHAIN] });
  }
}

async function ensure(iptables: RunIptables, { family, chain, rule }: { family: IpFamily; chain: string; rule: readonly string[] }): Promise<void> {
  try {
    await iptables(['-t', 'nat', '-C', chain, ...rule], family);
  } catch {
    await iptables(['-t', 'nat', '-A', chain, ...rule], family); // a check that fails means that it is not there
  }
}

function familyOfRange(range: string): IpFamily { return range.includes(':') ? 'IPv6' : 'IPv4'; }
