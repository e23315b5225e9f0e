import type { coreV1 } from '@kubernode/api';

/** One node of each zone in turn, so that whoever asks only some nodes asks all zones. */
export function interleaveZones<T extends { readonly node: Readonly<coreV1.Node> }>(nodes: Iterable<T>): T[] {
  const zones = new Map<string, T[]>();
  for (const one of nodes) {
    const zone = zoneOf(one.node);
    const members = zones.get(zone);
    if (members === undefined) zones.set(zone, [one]);
    else members.push(one);
  }
  const ordered: T[] = [];
  const lists = [...zones.values()];
  for (let i = 0; lists.some((members) => i < members.length); i++) {
    for (const members of lists) { const one = members[i]; if (one !== undefined) ordered.push(one); }
  }
  return ordered;
}

/** Region and zone; '' for a node that has neither. */
export function zoneOf({ metadata: { labels = {} } }: Readonly<coreV1.Node>): string {
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}
