import { planRestore } from '@kubernode/netfilter';
import type { ServicePort } from '../topology/service-port.ts';
import { deletableChains } from './proxy-rules.ts';
import { renderRules } from './render-rules.ts';

const options = { clusterCidr: '10.244.0.0/16', masqueradeAll: false, randomFully: true };
const web: ServicePort = {
  name: 'a/web', protocol: 'tcp', clusterIp: '10.96.0.9', port: 80, nodePort: 0, externalIps: [], loadBalancerIps: [], affinitySeconds: 0,
  internalLocal: false, externalLocal: false, endpoints: ['10.244.0.2:8080', '10.244.0.3:8080'], localEndpoints: ['10.244.0.2:8080'],
};

/** The chains of a port, with hashes cut so that the shape shows. */
function shapeOf(port: ServicePort): Record<string, readonly string[]> {
  const short = (text: string): string => text.replace(/(KUBE-(?:SVC|SVL|EXT|SEP))-[A-Z2-7]{16}/g, '$1');
  const { nat, filter } = renderRules([port], options);
  const shown = [...nat].filter(([chain]) => !/MARK-MASQ|POSTROUTING/.test(chain)).map(([chain, rules]) => [chain.startsWith('KUBE-SEP') ? short(chain) + (rules[1]?.slice(-4) ?? '') : short(chain), rules.map(short)] as const);
  return { ...Object.fromEntries(shown), 'filter KUBE-SERVICES': filter.get('KUBE-SERVICES') ?? [], 'filter KUBE-EXTERNAL-SERVICES': filter.get('KUBE-EXTERNAL-SERVICES') ?? [] };
}

const NODEPORTS_JUMP = '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS';

test('renderRules balances a cluster IP over its endpoints by chance', () => {
  expect(shapeOf(web)).toEqual({
    'KUBE-SERVICES': ['-m comment --comment "a/web cluster IP" -m tcp -p tcp -d 10.96.0.9 --dport 80 -j KUBE-SVC', NODEPORTS_JUMP],
    'KUBE-NODEPORTS': [],
    'KUBE-SVC': [
      '-m comment --comment "a/web cluster IP" -m tcp -p tcp -d 10.96.0.9 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      '-m comment --comment "a/web -> 10.244.0.2:8080" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP',
      '-m comment --comment "a/web -> 10.244.0.3:8080" -j KUBE-SEP',
    ],
    'KUBE-SEP8080': ['-m comment --comment "a/web" -s 10.244.0.3 -j KUBE-MARK-MASQ', '-m comment --comment "a/web" -m tcp -p tcp -j DNAT --to-destination 10.244.0.3:8080'],
    'filter KUBE-SERVICES': [], 'filter KUBE-EXTERNAL-SERVICES': [],
  });
});

test('renderRules refuses at once what has no endpoints', () => {
  const shape = shapeOf({ ...web, nodePort: 30_080, endpoints: [], localEndpoints: [] });
  expect(shape['KUBE-SERVICES']).toEqual([NODEPORTS_JUMP]);
  expect(shape['filter KUBE-SERVICES']).toEqual(['-m comment --comment "a/web has no endpoints" -m tcp -p tcp -d 10.96.0.9 --dport 80 -j REJECT']);
  expect(shape['filter KUBE-EXTERNAL-SERVICES']).toEqual(['-m comment --comment "a/web has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT']);
});

test('renderRules masquerades node port traffic, or keeps its source with the local policy', () => {
  expect(shapeOf({ ...web, nodePort: 30_080 })['KUBE-EXT']).toEqual(['-m comment --comment "masquerade traffic for a/web external destinations" -j KUBE-MARK-MASQ', '-j KUBE-SVC']);
  const local = shapeOf({ ...web, nodePort: 30_080, externalLocal: true });
  expect(local['KUBE-EXT']?.at(-1)).toBe('-j KUBE-SVL');
  expect(local['KUBE-SVL']).toEqual(['-m comment --comment "a/web -> 10.244.0.2:8080" -j KUBE-SEP']);
});

test('renderRules keeps a client with its endpoint', () => {
  const chain = shapeOf({ ...web, affinitySeconds: 600 })['KUBE-SVC'] ?? [];
  expect(chain.slice(1, 3).every((rule) => rule.includes('--rcheck --seconds 600 --reap'))).toBe(true);
});

test('planRestore writes only chains that differ and deletes those that are gone', () => {
  const before = renderRules([web], options);
  expect(planRestore(before, renderRules([web], options), { deletable: deletableChains })).toBe('');
  const input = planRestore(before, renderRules([{ ...web, endpoints: ['10.244.0.2:8080'] }], options), { deletable: deletableChains });
  expect(input.split('\n').filter((line) => line.startsWith(':') || line.startsWith('-X')).map((line) => line.replace(/-[A-Z2-7]{16}/, ''))).toEqual([':KUBE-SVC - [0:0]', ':KUBE-SEP - [0:0]', '-X KUBE-SEP']);
});
