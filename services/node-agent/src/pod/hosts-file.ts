import type { coreV1 } from '@kubernode/api';

export interface HostsInput {
  podIps: readonly string[];
  hostname: string;
  /** Empty for a pod without subdomain. */
  domain: string;
  aliases: readonly coreV1.HostAlias[];
}

/** The /etc/hosts of a pod with a network of its own. */
export function podHostsFile({ podIps, hostname, domain, aliases }: HostsInput): string {
  const own = podIps.map((ip) => (domain === '' ? `${ip}\t${hostname}` : `${ip}\t${hostname}.${domain}\t${hostname}`));
  return [
    '# Kubernetes-managed hosts file.', '127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix', 'fe00::1\tip6-allnodes', 'fe00::2\tip6-allrouters', ...own,
  ].join('\n') + '\n' + aliasLines(aliases);
}

/** The node's own file with the pod's aliases behind it, for a pod on the host's network. */
export function hostNetworkHostsFile(nodeFile: string, aliases: readonly coreV1.HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${nodeFile}${aliasLines(aliases)}`;
}

function aliasLines(aliases: readonly coreV1.HostAlias[]): string {
  if (aliases.length === 0) return '';
  return `\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('')}`;
}
