import { type Cidr, formatCidr, parseCidr } from '@kubernode/apimachinery';
import fc from 'fast-check';
import type { coreV1 } from '@kubernode/api';
import { CidrSet } from './cidr-set.ts';
import { clusterRanges, type RangeFlags } from './cluster-ranges.ts';
import { reconcileRanges } from './node-ipam-controller.ts';
import { NodeRanges } from './node-ranges.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr; // all given here are ranges
const take = (set: CidrSet, count: number): (string | undefined)[] => Array.from({ length: count }, () => { const one = set.allocate(); return one && formatCidr(one); });

function node(name: string, podCIDRs: string[] = [], uid = name): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, uid }, spec: { ...(podCIDRs.length > 0 && { podCIDR: podCIDRs[0] ?? '', podCIDRs }) } };
}

describe('CidrSet', () => {
  test.each<[string, number, string[]]>([
    ['10.0.0.0/22', 24, ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24']],
    ['10.0.0.0/24', 24, ['10.0.0.0/24']],
    ['10.0.0.0/30', 32, ['10.0.0.0/32', '10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32']],
    ['fd00::/63', 64, ['fd00::/64', 'fd00:0:0:1::/64']],
    ['2001:db8::/47', 49, ['2001:db8::/49', '2001:db8:0:8000::/49', '2001:db8:1::/49', '2001:db8:1:8000::/49']],
  ])('divides %s by /%i', (cluster, prefix, want) => {
    expect(take(new CidrSet(cidr(cluster), prefix), want.length + 1)).toEqual([...want, undefined]);
  });

  test('gives a range again only after the others', () => {
    const set = new CidrSet(cidr('10.0.0.0/22'), 24);
    take(set, 2);
    set.release(cidr('10.0.0.0/24'));
    expect(take(set, 4)).toEqual(['10.0.2.0/24', '10.0.3.0/24', '10.0.0.0/24', undefined]);
  });

  test.each<[string, string[]]>([
    ['10.0.1.0/24', ['10.0.0.0/24', '10.0.2.0/24', '10.0.3.0/24']],
    ['10.0.2.0/23', ['10.0.0.0/24', '10.0.1.0/24']],
    ['10.0.1.128/25', ['10.0.0.0/24', '10.0.2.0/24', '10.0.3.0/24']],
    ['10.0.0.0/8', []],
    ['10.9.0.0/24', ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24']],
  ])('without %s leaves %j', (used, want) => {
    const set = new CidrSet(cidr('10.0.0.0/22'), 24);
    expect(set.occupy(cidr(used))).toBe(used !== '10.9.0.0/24');
    expect(take(set, want.length + 1)).toEqual([...want, undefined]);
  });
});

const flags: RangeFlags = { clusterCidr: '10.0.0.0/16', serviceRange: '', maskSize: undefined, maskSizeIPv4: undefined, maskSizeIPv6: undefined };

test.each<[string, Partial<RangeFlags>, string[] | string]>([
  ['one range', {}, ['10.0.0.0/24']],
  ['a mask', { maskSize: 26 }, ['10.0.0.0/26']],
  ['a mask of its family', { maskSizeIPv4: 25 }, ['10.0.0.0/25']],
  ['IPv6', { clusterCidr: 'fd00::/48' }, ['fd00::/64']],
  ['two families', { clusterCidr: '10.0.0.0/16,fd00::/56', maskSizeIPv4: 25 }, ['10.0.0.0/25', 'fd00::/64']],
  ['two families the other way round', { clusterCidr: 'fd00::/56,10.0.0.0/16' }, ['fd00::/64', '10.0.0.0/24']],
  ['Services inside', { serviceRange: '10.0.0.0/20' }, ['10.0.16.0/24']],
  ['Services elsewhere', { serviceRange: '10.96.0.0/12,fd00::/112' }, ['10.0.0.0/24']],
  ['none', { clusterCidr: '' }, 'invalid CIDR[0]: <nil> (invalid CIDR address: )'],
  ['two of a family', { clusterCidr: '10.0.0.0/16,10.1.0.0/16' }, 'len of ClusterCIDRs==2 and they are not configured as dual stack (at least one from each IPFamily'],
  ['three', { clusterCidr: '10.0.0.0/16,10.1.0.0/16,fd00::/56' }, 'length of clusterCIDRs is:3 more than max allowed of 2'],
  ['one mask for two families', { clusterCidr: '10.0.0.0/16,fd00::/56', maskSize: 24 }, 'usage of --node-cidr-mask-size is not allowed with dual-stack clusters'],
  ['the mask of the other family', { maskSizeIPv6: 64 }, 'usage of --node-cidr-mask-size-ipv6 is not allowed for a single-stack IPv4 cluster'],
  ['the mask of the other family of IPv6', { clusterCidr: 'fd00::/56', maskSizeIPv4: 24 }, 'usage of --node-cidr-mask-size-ipv4 is not allowed for a single-stack IPv6 cluster'],
  ['nodes larger than the cluster', { maskSize: 8 }, 'Controller: Invalid --cluster-cidr, mask size of cluster CIDR must be less than or equal to --node-cidr-mask-size configured for CIDR family'],
  ['too many nodes', { clusterCidr: 'fd00::/40' }, 'New CIDR set failed; the node CIDR size is too big'],
  ['Services of one family twice', { serviceRange: '10.96.0.0/12,10.97.0.0/16' }, 'serviceCIDR and secondaryServiceCIDR are not dualstack (from different IPfamiles)'],
])('flags with %s', (_name, given, want) => {
  const ranges = clusterRanges({ ...flags, ...given });
  expect('fault' in ranges ? ranges.fault : ranges.sets.map((set) => take(set, 1)[0])).toEqual(want);
});

describe('NodeRanges', () => {
  const of = (...clusters: string[]): NodeRanges => new NodeRanges(clusters.map((one) => new CidrSet(cidr(one), one.includes(':') ? 64 : 24)));

  test('gives a node one range of each family, the same until it shows', () => {
    const ranges = of('10.0.0.0/23', 'fd00::/63');
    expect(ranges.give(node('a'))).toEqual(['10.0.0.0/24', 'fd00::/64']);
    expect(ranges.give(node('a'))).toEqual(['10.0.0.0/24', 'fd00::/64']);
    expect(ranges.give(node('b'))).toEqual(['10.0.1.0/24', 'fd00:0:0:1::/64']);
    expect(ranges.give(node('c'))).toBeUndefined();
  });

  test('takes back what a family gave when the other has none', () => {
    const ranges = of('10.0.0.0/23', 'fd00::/64');
    ranges.give(node('a'));
    expect([ranges.give(node('b')), ranges.give(node('b'))]).toEqual([undefined, undefined]);
    ranges.release('a');
    expect(ranges.give(node('b'))).toEqual(['10.0.0.0/24', 'fd00::/64']);
  });

  test('a node made anew gets another range', () => {
    const ranges = of('10.0.0.0/22');
    expect([ranges.give(node('a')), ranges.give(node('a', [], 'new'))]).toEqual([['10.0.0.0/24'], ['10.0.1.0/24']]);
  });

  test('heeds what nodes were given by others, and forgets it when they change', () => {
    const ranges = of('10.0.0.0/23');
    ranges.occupy(node('a', ['10.0.0.0/24']));
    ranges.occupy(node('a', ['10.0.1.0/24'], 'new'));
    expect([ranges.give(node('b')), ranges.give(node('c'))]).toEqual([['10.0.0.0/24'], undefined]);
  });

  test('whatever comes and goes, no two nodes have the same range', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), goes: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ranges = of('10.0.0.0/22');
      const held = new Map<string, string>();
      for (const { name, goes } of steps) {
        if (goes) { ranges.release(name); held.delete(name); continue; }
        const given = ranges.give(node(name));
        if (given === undefined) expect(held.size).toBe(4);
        else held.set(name, given[0] ?? '');
        expect(new Set(held.values()).size).toBe(held.size);
      }
    }));
  });
});

test('a node without a range is told of, and asked for again', () => {
  expect(reconcileRanges({ node: node('a'), cidrs: undefined })).toMatchObject({ actions: [{ do: 'event', type: 'Normal', reason: 'CIDRNotAvailable', message: 'Node a status is now: CIDRNotAvailable' }], againAfterMs: 10_000 });
});
