import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fixtures } from '@kubernode/testing';
import type { RunIptables } from './iptables-rules.ts';
import { ensureMasquerade } from './masquerade.ts';
import { overlayDevice, setUpPodNetwork } from './set-up-pod-network.ts';
import { podNetworkSysctls, systemSysctls } from './sysctls.ts';
import { foreignPlugin, writeConflist } from './write-conflist.ts';

const fixtures = new Fixtures();
afterEach(() => fixtures[Symbol.asyncDispose]());

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'kubernode-cni-'));
  void fixtures.use({ [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) });
  return dir;
}

const input = { bridge: 'kn0', podCidrs: ['10.0.1.0/24', 'fd01::/64'], dataDir: '/d', mtu: 1450 };

test('the configuration has both families\' ranges and the links\' size, is written once, and leaves nothing beside it', async () => {
  const dir = await folder();
  expect([await writeConflist(dir, input), await writeConflist(dir, input)]).toEqual([true, false]);
  expect(await readdir(dir)).toEqual(['10-kubernode.conflist']);
  const { plugins: [bridge] } = JSON.parse(await readFile(path.join(dir, '10-kubernode.conflist'), 'utf8')) as { plugins: { mtu: number; ipMasq: boolean; ipam: { ranges: unknown } }[] };
  expect([bridge?.mtu, bridge?.ipMasq, bridge?.ipam.ranges]).toEqual([1450, false, [[{ subnet: '10.0.1.0/24' }], [{ subnet: 'fd01::/64' }]]]);
});

test('another plugin\'s configuration is found, and our own is none', async () => {
  const dir = await folder();
  expect(await foreignPlugin(path.join(dir, 'absent'))).toBeUndefined();
  await writeConflist(dir, input);
  await writeFile(path.join(dir, 'README'), '');
  expect(await foreignPlugin(dir)).toBeUndefined();
  await writeFile(path.join(dir, '05-cilium.conflist'), '{}');
  expect(await foreignPlugin(dir)).toBe('05-cilium.conflist');
});

test('packets to the outside get the node\'s address in each family that the cluster has a range of', async () => {
  const calls: string[] = [];
  const iptables: RunIptables = (args, family = 'IPv4') => {
    if (args.includes('-C')) return Promise.reject(new Error('no such rule'));
    calls.push(`${family} ${args.join(' ')}`);
    return Promise.resolve();
  };
  await ensureMasquerade(iptables, { podCidrs: ['10.0.1.0/24', 'fd01::/64'], clusterCidrs: ['fd01::/48'] });
  expect(calls.map((call) => call.replace(/ -m comment --comment \S+ pods to outside/, ''))).toEqual([
    'IPv6 -t nat -N KUBERNODE-MASQ', 'IPv6 -t nat -A KUBERNODE-MASQ -s fd01::/64 ! -d fd01::/48 -j MASQUERADE', 'IPv6 -t nat -A POSTROUTING -j KUBERNODE-MASQ',
  ]);
});

test('setUpPodNetwork makes the kernel fit before the runtime may begin, and asks for IPv6 only where pods have it', async () => {
  const dir = await folder();
  const done: string[] = [];
  const host = {
    iptables: () => Promise.resolve(), links: { read: () => Promise.resolve({ links: [{ name: 'eth0', mtu: 9000, addresses: [{ address: '192.0.2.1', prefix: 24 }] }], routes: [] }), run: () => Promise.resolve() },
    sysctls: async (values: Readonly<Record<string, string>>) => { done.push(...Object.keys(values), ...await readdir(dir)); },
  };
  await setUpPodNetwork(host, { confDir: dir, bridge: 'kn0', dataDir: '/d', nodeIp: '192.0.2.1', podCidrs: ['10.0.1.0/24'], clusterCidrs: [], mode: 'vxlan' });
  expect(done).toEqual(['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables']);
  expect(await readFile(path.join(dir, '10-kubernode.conflist'), 'utf8')).toContain('"mtu": 8950');
  expect(Object.keys(podNetworkSysctls({ ipv6: true }))).toHaveLength(4);
});

test('a setting that the kernel does not have is told with what to do', async () => {
  await expect(systemSysctls({ 'net.bridge.no-such-setting': '1' })).rejects.toThrow("pods' traffic needs net.bridge.no-such-setting, which this kernel does not have; load its module with 'modprobe br_netfilter'");
});

test.each([['kn0', 'kn0v'], ['kn21800-0', 'kn21800-0v'], ['a-very-long-one', 'a-very-long-onv']])('the overlay beside bridge %s is %s', (bridge, device) => { expect(overlayDevice(bridge)).toBe(device); });
