import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller } from '@kubernode/controller';

interface Snapshot { node: Readonly<coreV1.Node>; cidr: string | undefined }

/** Gives each node a range of addresses for its pods, out of the cluster's. IPv4. */
export function nodeIpamController({ clusterCidr, maskSize }: { clusterCidr: string; maskSize: number }): Controller {
  const given = new Map<string, string>(); // by node name: also those whose write the watch does not show yet
  return controller<Snapshot>({
    name: 'node_ipam',
    component: 'cidrAllocator',
    workers: 1,
    watches: [watch({ resource: coreV1Resources.nodes, keys: ownKey })],
    read(key, listers) {
      const nodes = listers.of(coreV1Resources.nodes);
      const node = nodes.get(key);
      if (node === undefined) { given.delete(key); return undefined; }
      const own = node.spec?.podCIDR ?? '';
      if (own !== '') { given.set(key, own); return undefined; }
      for (const { metadata, spec } of nodes.list()) if (spec?.podCIDR !== undefined && spec.podCIDR !== '') given.set(metadata.name, spec.podCIDR);
      const cidr = given.get(key) ?? firstFree({ clusterCidr, maskSize }, new Set(given.values()));
      if (cidr !== undefined) given.set(key, cidr);
      return { node, cidr };
    },
    reconcile({ node, cidr }) {
      if (node.metadata.deletionTimestamp !== undefined) return nothingToDo;
      if (cidr === undefined) return { actions: [{ do: 'event', about: node, type: 'Normal', reason: 'CIDRNotAvailable', message: `Node ${node.metadata.name} status is now: CIDRNotAvailable` }] };
      return { actions: [{ do: 'patch', resource: coreV1Resources.nodes, target: { name: node.metadata.name }, patch: { type: 'strategic', body: { spec: { podCIDR: cidr, podCIDRs: [cidr] } } } }] };
    },
  });
}

/** The lowest range of the mask's size that nobody has; undefined when all are given. */
export function firstFree({ clusterCidr, maskSize }: { clusterCidr: string; maskSize: number }, used: ReadonlySet<string>): string | undefined {
  const [address = '', bits = '0'] = clusterCidr.split('/');
  const base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const count = 2 ** Math.max(0, maskSize - Number(bits));
  const size = 2 ** (32 - maskSize);
  for (let i = 0; i < count; i++) {
    const start = base + i * size;
    const cidr = `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${maskSize}`;
    if (!used.has(cidr)) return cidr;
  }
  return undefined;
}
