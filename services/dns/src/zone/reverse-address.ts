/** The address that a reverse name stands for: `1.0.96.10.in-addr.arpa` → `10.96.0.1`; undefined for other names. */
export function reverseAddress(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const labels = name.slice(0, -'.in-addr.arpa'.length).split('.');
    return labels.length === 4 ? labels.reverse().join('.') : undefined;
  }
  if (!name.endsWith('.ip6.arpa')) return undefined;
  const nibbles = name.slice(0, -'.ip6.arpa'.length).split('.').reverse().join('');
  if (!/^[0-9a-f]{32}$/.test(nibbles)) return undefined;
  return compressIpv6((nibbles.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)));
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function compressIpv6(groups: readonly string[]): string {
  const runs = [...groups.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (!longest) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}
