import { execFileSync } from 'node:child_process';
import type { ServicePort } from '../src/topology/service-port.ts';
import { createHostIptables, planRestore as plan, type RuleSet } from '@kubernode/netfilter';
import { deletableChains } from '../src/iptables/proxy-rules.ts';
import { jumps, renderRules } from '../src/iptables/render-rules.ts';

const planRestore = (before: RuleSet | undefined, wanted: RuleSet): string => plan(before, wanted, { deletable: deletableChains });
const NAMESPACE = 'kubernode-proxy-test';
const inside = ['ip', 'netns', 'exec', NAMESPACE];
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const run = (...words: string[]): string => execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', env });

beforeAll(() => { run('ip', 'netns', 'add', NAMESPACE); });
afterAll(() => { run('ip', 'netns', 'delete', NAMESPACE); });

const port = (name: string, endpoints: string[]): ServicePort => ({
  name, protocol: 'tcp', clusterIp: '10.96.0.9', port: 80, nodePort: 30_080, externalIps: ['192.0.2.7'], loadBalancerIps: [], affinitySeconds: 60,
  internalLocal: false, externalLocal: true, endpoints, localEndpoints: endpoints.slice(0, 1),
});
const options = { clusterCidr: '10.244.0.0/16', masqueradeAll: false, randomFully: true };

test('the kernel takes every rule that is rendered, and chains of services that are gone are deleted', async () => {
  const iptables = createHostIptables({ prefix: inside });
  const first = renderRules([port('a/web', ['10.244.0.2:8080', '10.244.0.3:8080']), port('a/none', [])], options);
  await iptables.restore(planRestore(undefined, first));
  for (const jump of [...jumps, ...jumps]) await iptables.ensureJump(jump);
  const saved = run(...inside, 'iptables-save');
  expect(saved.match(/-j KUBE-SERVICES/g)).toHaveLength(4);
  expect(saved.match(/-j DNAT --to-destination 10\.244\.0\.[23]:8080/g)).toHaveLength(2);
  expect([...(await iptables.chains()).get('nat')?.keys() ?? []].sort()).toEqual([...first.nat.keys()].sort());

  const second = renderRules([], options);
  await iptables.restore(planRestore(first, second));
  expect([...(await iptables.chains()).get('nat')?.keys() ?? []].sort()).toEqual([...second.nat.keys()].sort());
});

test('restore rejects with the words of iptables and changes nothing', async () => {
  const iptables = createHostIptables({ prefix: inside });
  const before = run(...inside, 'iptables-save', '-t', 'nat').replace(/^#.*$/gm, '');
  await expect(iptables.restore('*nat\n:KUBE-SVC-X - [0:0]\n-A KUBE-SVC-X -j NOWHERE\nCOMMIT\n')).rejects.toThrow('iptables-restore');
  expect(run(...inside, 'iptables-save', '-t', 'nat').replace(/^#.*$/gm, '')).toBe(before);
});
