import { execFileSync } from 'node:child_process';
import { createHostIptables, type Backend } from '@kubernode/netfilter';
import { createRegistry } from '@kubernode/component-base';
import { systemClock } from '@kubernode/base';
import { IptablesRules, removeIptablesRules } from '../src/iptables/iptables-rules.ts';
import type { RenderSettings } from '../src/iptables/render-port.ts';
import { createProxyMetrics } from '../src/metrics.ts';
import { createNft } from '../src/nftables/nft.ts';
import { NftablesRules, removeNftablesRules } from '../src/nftables/nftables-rules.ts';
import type { RuleWriter } from '../src/sync/rule-writer.ts';
import type { RoutedPort } from '../src/topology/route-port.ts';
import { endpoint, routedPort } from './routed-port.fixture.ts';

const TIMEOUT_MS = 60_000;
const NAMESPACE = 'kubernode-proxy-rules';
const inside = ['ip', 'netns', 'exec', NAMESPACE];
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const run = (...words: string[]): string => execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', env });

beforeEach(() => { run('ip', 'netns', 'add', NAMESPACE); });
afterEach(() => { run('ip', 'netns', 'delete', NAMESPACE); });

const settingsOf = (family: 'IPv4' | 'IPv6'): RenderSettings => ({ family, local: { by: 'range', range: family === 'IPv4' ? '10.244.0.0/16' : 'fd00:244::/56' }, masqueradeAll: false, masqueradeBit: 14, nodeIp: family === 'IPv4' ? '10.0.0.1' : 'fd00::1', nodePorts: { everywhere: true }, localhostNodePorts: false, tcpLiberal: false });

/** One port of each kind, so that every shape of rule is written. */
function everyKind(family: 'IPv4' | 'IPv6'): RoutedPort[] {
  const ip = (n: number): string => (family === 'IPv4' ? `10.96.0.${n}` : `fd00:96::${n}`);
  const pod = (n: number, facts = {}) => endpoint(family === 'IPv4' ? `10.244.0.${n}` : `fd00:244::${n}`, facts);
  const outside = family === 'IPv4' ? { externalIps: ['198.51.100.1'], loadBalancerIps: ['198.51.100.2'], sourceRanges: ['192.0.2.0/24', '10.0.0.0/24'] } : { externalIps: ['2001:db8::1'], loadBalancerIps: ['2001:db8::2'], sourceRanges: ['2001:db8:1::/64'] };
  const kinds: [string, Parameters<typeof routedPort>[0], ReturnType<typeof pod>[]][] = [
    ['plain', {}, [pod(2), pod(3)]], ['sticky', { affinitySeconds: 60, nodePort: 30_001 }, [pod(2), pod(3, { isLocal: true })]], ['none', { nodePort: 30_002, ...outside, loadBalancerIps: [] }, []],
    ['local', { nodePort: 30_003, externalLocal: true, internalLocal: true, healthCheckNodePort: 31_003 }, [pod(4)]], ['balancer', { nodePort: 30_004, ...outside, externalLocal: true }, [pod(5, { isLocal: true }), pod(6)]],
    ['udp', { protocol: 'udp', nodePort: 30_005 }, [pod(7)]], ['sctp', { protocol: 'sctp' }, [pod(8)]],
  ];
  return kinds.map(([service, facts, endpoints], i) => routedPort({ ...facts, service, name: `a/${service}`, clusterIp: ip(i + 1), port: 80 + i }, endpoints));
}

const metrics = (mode: 'iptables' | 'nftables', family: 'IPv4' | 'IPv6') => createProxyMetrics(createRegistry(), mode).family(family);

function writers(family: 'IPv4' | 'IPv6'): [string, () => RuleWriter, () => string, () => Promise<void>][] {
  const settings = settingsOf(family);
  const iptables = (backend: Backend) => createHostIptables({ family, backend, prefix: inside });
  const nft = createNft({ family, prefix: inside });
  const save = (backend: Backend) => (): string => run(...inside, `${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}-save`).replace(/^[#:].*$/gm, '');
  return [
    ...(['nft', 'legacy'] as const).map((backend): [string, () => RuleWriter, () => string, () => Promise<void>] => [`iptables-${backend}`, () => new IptablesRules({ iptables: iptables(backend), backend, settings: { ...settings, localhostNodePorts: true }, metrics: metrics('iptables', family) }), save(backend), () => removeIptablesRules(iptables(backend))]),
    ['nftables', () => new NftablesRules({ nft, settings: { ...settings, serviceRanges: [family === 'IPv4' ? '10.96.0.0/16' : 'fd00:96::/112'] }, clock: systemClock, metrics: metrics('nftables', family) }), () => run(...inside, 'nft', 'list', 'ruleset'), () => removeNftablesRules(nft, settings)],
  ];
}

/** Order in what shared chains, sets and maps have says nothing. */
const sorted = (text: string): string[] => text.split(/[\n,]/).map((line) => line.trim().replace(/^elements = \{ | \}$/g, '')).filter((line) => line !== '').sort();

describe.each(['IPv4', 'IPv6'] as const)('%s', (family) => {
  test.each(writers(family))('%s: the kernel takes every rule; changes lead to what writing all gives; drift is seen; all goes again', async (_, create, saved, remove) => {
    const ports = everyKind(family);
    const writer = create();
    await writer.writeAll(ports);
    const full = sorted(saved());
    expect(full.length).toBeGreaterThan(30);
    expect([await writer.isIntact('quick'), await writer.isIntact('thorough')]).toEqual([true, true]);

    await writer.writeChanges(ports.map((port) => ({ key: port.service, before: [port], after: [] })));
    await writer.writeChanges(ports.map((port) => ({ key: port.service, before: [], after: [port] })));
    expect(sorted(saved())).toEqual(full);

    const again = create();
    await again.writeAll(ports.slice(1));
    expect(saved()).not.toMatch(/a\/plain.*(-j|dnat)|: goto service-\w+-a\/plain/);
    for (const command of family === 'IPv4' ? ['iptables-nft', 'iptables-legacy'] : ['ip6tables-nft', 'ip6tables-legacy']) run(...inside, command, '-t', 'nat', '-F');
    run(...inside, 'nft', 'flush', 'ruleset');
    expect([await again.isIntact('quick'), await again.isIntact('thorough')]).toEqual([false, false]);
    await again.writeAll(ports);
    expect(sorted(saved()).length).toBe(full.length);
    await remove();
    expect(saved()).not.toMatch(/KUBE-S|kube-proxy/);
  }, TIMEOUT_MS);
});

test('restore rejects with the words of iptables and changes nothing', async () => {
  const iptables = createHostIptables({ prefix: inside });
  const before = run(...inside, 'iptables-save', '-t', 'nat').replace(/^#.*$/gm, '');
  await expect(iptables.restore('*nat\n:KUBE-SVC-X - [0:0]\n-A KUBE-SVC-X -j NOWHERE\nCOMMIT\n')).rejects.toThrow('iptables-restore');
  expect(run(...inside, 'iptables-save', '-t', 'nat').replace(/^#.*$/gm, '')).toBe(before);
});
