/** How packets of pods are told from others: by their source address, or by the interface that they come in through. */
export type LocalTraffic = { by: 'range'; range: string } | { by: 'interface'; name: string } | { by: 'prefix'; prefix: string };

/** For iptables: matches packets of pods, or all others. */
export function iptablesLocal(local: LocalTraffic, { not }: { not: boolean }): string {
  const negation = not ? '! ' : '';
  switch (local.by) {
    case 'range': return `${negation}-s ${local.range}`;
    case 'interface': return `${negation}-i ${local.name}`;
    case 'prefix': return `${negation}-i ${local.prefix}+`;
  }
}

/** The same for nft. */
export function nftLocal(local: LocalTraffic, { not }: { not: boolean }): string {
  const operator = not ? '!= ' : '';
  switch (local.by) {
    case 'range': return `${local.range.includes(':') ? 'ip6' : 'ip'} saddr ${operator}${local.range}`;
    case 'interface': return `iifname ${operator}"${local.name}"`;
    case 'prefix': return `iifname ${operator}"${local.prefix}*"`;
  }
}
