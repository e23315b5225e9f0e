import { readFile, writeFile } from 'node:fs/promises';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';

/** Sees to it that the kernel's settings have these values. UserError with what to do where they cannot be set. */
export type EnsureSysctls = (values: Readonly<Record<string, string>>) => Promise<void>;

export const systemSysctls: EnsureSysctls = async (values) => {
  for (const [name, value] of Object.entries(values)) await ensureSysctl(name, value);
};

/** What pods' traffic needs: forwarding, and iptables for what crosses the bridge. */
export function podNetworkSysctls({ ipv6 }: { ipv6: boolean }): Record<string, string> {
  return {
    'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1',
    ...(ipv6 && { 'net.ipv6.conf.all.forwarding': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' }),
  };
}

async function ensureSysctl(name: string, value: string): Promise<void> {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`;
  const present = await readFile(file, 'utf8').catch(() => undefined); // told apart below
  if (present?.trim() === value) return;
  if (present === undefined) throw new UserError(`pods' traffic needs ${name}, which this kernel does not have; load its module${name.startsWith('net.bridge.') ? " with 'modprobe br_netfilter'" : ''}`);
  try {
    await writeFile(file, value);
  } catch (error) {
    throw new UserError(`pods' traffic needs ${name}=${value}, which cannot be set: ${errorMessage(error)}; run 'sysctl -w ${name}=${value}' on the host`);
  }
}
