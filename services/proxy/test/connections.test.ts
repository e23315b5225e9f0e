import { systemClock } from '@kubernode/base';
import { createRegistry } from '@kubernode/component-base';
import { createHostIptables, type Backend } from '@kubernode/netfilter';
import { Fixtures } from '@kubernode/testing';
import { createConntrack } from '../src/conntrack/conntrack.ts';
import { staleFlows } from '../src/conntrack/stale-flows.ts';
import { IptablesRules } from '../src/iptables/iptables-rules.ts';
import type { RenderSettings } from '../src/iptables/render-port.ts';
import { createProxyMetrics } from '../src/metrics.ts';
import { createNft } from '../src/nftables/nft.ts';
import { NftablesRules } from '../src/nftables/nftables-rules.ts';
import type { RuleWriter } from '../src/sync/rule-writer.ts';
import type { RoutedPort } from '../src/topology/route-port.ts';
import type { ServicePort } from '../src/topology/service-port.ts';
import { endpoint, routedPort } from './routed-port.fixture.ts';
import { ADDRESSES, createTestNetwork, type TestNetwork } from './test-network.fixture.ts';

const TIMEOUT_MS = 120_000;
const fixtures = new Fixtures();
let network: TestNetwork;
beforeAll(async () => { network = await fixtures.use(createTestNetwork('knproxy')); }, TIMEOUT_MS);
afterAll(() => fixtures[Symbol.asyncDispose]());

type Mode = 'iptables-nft' | 'iptables-legacy' | 'nftables';

describe.each<[Mode, 'IPv4' | 'IPv6']>([['iptables-nft', 'IPv4'], ['nftables', 'IPv4'], ['nftables', 'IPv6'], ['iptables-nft', 'IPv6']])('%s, %s', (mode, family) => {
  const v = family === 'IPv4' ? 0 : 1;
  const address = { node: ADDRESSES.outside.node[v] ?? '', a: ADDRESSES.a.own[v] ?? '', b: ADDRESSES.b.own[v] ?? '', outside: ADDRESSES.outside.own[v] ?? '', nodeAtA: ADDRESSES.a.node[v] ?? '', nodeAtB: ADDRESSES.b.node[v] ?? '' };
  const [clusterIp, externalIp, balancerIp] = family === 'IPv4' ? ['10.96.0.9', '198.51.100.1', '198.51.100.2'] : ['fd00:96::9', '2001:db8:5::1', '2001:db8:5::2'];
  const a = endpoint(address.a, { isLocal: true });
  const b = endpoint(address.b);
  const settings: RenderSettings = { family, local: { by: 'range', range: family === 'IPv4' ? '10.244.0.0/16' : 'fd00:244::/32' }, masqueradeAll: false, masqueradeBit: 14, nodeIp: address.node, nodePorts: { everywhere: true }, localhostNodePorts: false, tcpLiberal: true };
  /** Of each mode another: the kernel still knows the flows of the one before. */
  const sourcePort = mode === 'nftables' ? 5354 : 5353;
  let writer: RuleWriter;
  let present: RoutedPort[] = [];

  const port = (facts: Partial<ServicePort>, endpoints = [a, b]): RoutedPort => routedPort({ clusterIp, ...facts }, endpoints);
  /** Writes the rules of these ports in place of those before. */
  const serve = async (...ports: RoutedPort[]): Promise<void> => {
    await writer.writeChanges([{ key: 'x', before: present, after: ports }]);
    present = ports;
  };
  /** Both endpoints of two are missed by so many with a chance of one in thousands. */
  const MANY = 16;

  beforeAll(async () => {
    const metrics = createProxyMetrics(createRegistry(), mode === 'nftables' ? 'nftables' : 'iptables').family(family);
    const backend = mode.slice('iptables-'.length) as Backend; // of the two modes by iptables
    writer = mode === 'nftables'
      ? new NftablesRules({ nft: createNft({ family: v === 0 ? 'IPv4' : 'IPv6', prefix: network.node }), settings: { ...settings, serviceRanges: [] }, clock: systemClock, metrics })
      : new IptablesRules({ iptables: createHostIptables({ family, backend, prefix: network.node }), backend, settings, metrics });
    await writer.writeAll([]);
  }, TIMEOUT_MS);
  afterAll(async () => { await serve(); await createNft({ family: v === 0 ? 'IPv4' : 'IPv6', prefix: network.node }).run('flush ruleset\n'); }, TIMEOUT_MS);

  test('a cluster IP leads to all endpoints, from pods with their own address, from outside masqueraded', async () => {
    await serve(port({}));
    expect(await network.connect('a', clusterIp, 80, MANY)).toBe(`a ${address.nodeAtA} | b ${address.a}`); // a reaches itself through the node
    expect(await network.connect('node', clusterIp, 80, MANY)).toMatch(/^a .* \| b \S+$/);
    expect(await network.connect('outside', clusterIp, 80, MANY)).toBe(`a ${address.nodeAtA} | b ${address.nodeAtB}`);
  }, TIMEOUT_MS);

  test('node port, external and balancer addresses lead on; with policy Local to this node\'s endpoints alone, under the client\'s address', async () => {
    const outside = { nodePort: 30_080, externalIps: [externalIp], loadBalancerIps: [balancerIp] };
    await serve(port(outside));
    for (const [ip, number] of [[address.node, 30_080], [externalIp, 80], [balancerIp, 80]] as const) expect(await network.connect('outside', ip, number, MANY)).toBe(`a ${address.nodeAtA} | b ${address.nodeAtB}`);
    await serve(port({ ...outside, externalLocal: true }));
    for (const [ip, number] of [[address.node, 30_080], [externalIp, 80], [balancerIp, 80]] as const) expect(await network.connect('outside', ip, number, 4)).toBe(`a ${address.outside}`);
    expect(await network.connect('a', balancerIp, 80, MANY)).toBe(`a ${address.nodeAtA} | b ${address.a}`); // pods go everywhere
  }, TIMEOUT_MS);

  test('a balancer with source ranges lets only these in', async () => {
    await serve(port({ loadBalancerIps: [balancerIp], sourceRanges: [`${address.outside}/${v === 0 ? 32 : 128}`] }));
    expect((await network.connect('outside', balancerIp, 80))[0]).toMatch(/[ab]/);
    expect(await network.connect('b', balancerIp, 80)).toBe('silent');
  }, TIMEOUT_MS);

  test('a service without endpoints is refused; one without endpoints here stays silent', async () => {
    await serve(port({ nodePort: 30_080 }, []), port({ service: 'local', name: 'a/local', port: 81, nodePort: 30_081, internalLocal: true, externalLocal: true }, [b]));
    expect([await network.connect('b', clusterIp, 80), await network.connect('outside', address.node, 30_080)]).toEqual(['refused', 'refused']);
    expect([await network.connect('b', clusterIp, 81), await network.connect('outside', address.node, 30_081)]).toEqual(['silent', 'silent']);
  }, TIMEOUT_MS);

  test('a client with affinity stays where it was', async () => {
    await serve(port({ affinitySeconds: 60 }));
    expect(await network.connect('outside', clusterIp, 80, MANY)).toMatch(/^[ab] \S+$/);
  }, TIMEOUT_MS);

  test('UDP flows to an endpoint that went go to another', async () => {
    const udp = (endpoints: typeof a[]): RoutedPort => port({ protocol: 'udp', port: 53 }, endpoints);
    const conntrack = createConntrack({ family, prefix: network.node });
    await serve(udp([a]));
    expect(await network.udp('outside', clusterIp, 53, sourcePort)).toBe(`a ${address.nodeAtA}`);
    await serve(udp([b]));
    for (const flow of staleFlows(await conntrack.udpFlows(), present)) await conntrack.forget(flow);
    expect(await network.udp('outside', clusterIp, 53, sourcePort)).toBe(`b ${address.nodeAtB}`);
  }, TIMEOUT_MS);
});
