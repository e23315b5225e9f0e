import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type RunIptables = (args: readonly string[]) => Promise<void>;

const run = promisify(execFile);
export const systemIptables: RunIptables = async (args) => { await run('iptables', ['-w', '5', ...args]); };

const CHAIN = 'KUBERNODE-MASQ';

/** What leaves the cluster's networks from a pod of this node gets the node's address; idempotent. */
export async function ensureMasquerade(iptables: RunIptables, { podCidr, clusterCidr }: { podCidr: string; clusterCidr: string }): Promise<void> {
  await iptables(['-t', 'nat', '-N', CHAIN]).catch(() => undefined); // it exists
  const rule = ['-s', podCidr, '!', '-d', clusterCidr, '-m', 'comment', '--comment', 'kubernode: pods to outside', '-j', 'MASQUERADE'];
  await ensure(iptables, CHAIN, rule);
  await ensure(iptables, 'POSTROUTING', ['-m', 'comment', '--comment', 'kubernode: pods to outside', '-j', CHAIN]);
}

async function ensure(iptables: RunIptables, chain: string, rule: readonly string[]): Promise<void> {
  try {
    await iptables(['-t', 'nat', '-C', chain, ...rule]);
  } catch {
    await iptables(['-t', 'nat', '-A', chain, ...rule]); // a check that fails means that it is not there
  }
}
