import type { IpFamily } from '@kubernode/apimachinery';
import { runProgram } from '@kubernode/component-base';
import { environmentWithSbin } from '@kubernode/netfilter';

/** Runs `iptables` or `ip6tables` with these arguments; rejects with its own words. */
export type RunIptables = (args: readonly string[], family?: IpFamily) => Promise<void>;

export const systemIptables: RunIptables = async (args, family = 'IPv4') => {
  const program = family === 'IPv4' ? 'iptables' : 'ip6tables';
  const { status, stderr } = await runProgram(program, ['-w', '5', ...args], { env: environmentWithSbin() });
  if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`);
};

/** A chain of ours with its rules, and the kernel's own chain that ends in it. */
export interface OwnChain { family: IpFamily; table: 'nat' | 'filter'; parent: string; name: string; comment: string; rules: readonly (readonly string[])[] }

/** Puts in what is missing of it; idempotent. Rules of earlier ranges stay until the host is cleaned up. */
export async function ensureChain(iptables: RunIptables, { family, table, parent, name, comment, rules }: OwnChain): Promise<void> {
  await iptables(['-t', table, '-N', name], family).catch(() => undefined); // it exists
  const remark = ['-m', 'comment', '--comment', comment];
  const wanted: [string, readonly string[]][] = [...rules.map((rule): [string, readonly string[]] => [name, [...remark, ...rule]]), [parent, [...remark, '-j', name]]];
  for (const [chain, rule] of wanted) {
    try {
      await iptables(['-t', table, '-C', chain, ...rule], family);
    } catch {
      await iptables(['-t', table, '-A', chain, ...rule], family); // a check that fails means that it is not there
    }
  }
}

export function familyOfRange(range: string): IpFamily { return range.includes(':') ? 'IPv6' : 'IPv4'; }
