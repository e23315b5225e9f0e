import fc from 'fast-check';
import { expectedFate, NODE_IP, packetsFor, POD_RANGE } from '../../test/expected-fate.fixture.ts';
import type { RoutedPort } from '../topology/route-port.ts';
import { arbitraryPorts, routedPort } from '../../test/routed-port.fixture.ts';
import { IptablesModel } from '../../test/iptables-model.fixture.ts';
import type { RenderSettings } from './render-port.ts';
import { fullRestore, partialRestore, ruleCounts } from './restore-input.ts';

const settings: RenderSettings = { family: 'IPv4', local: { by: 'range', range: POD_RANGE }, masqueradeAll: false, masqueradeBit: 14, nodeIp: NODE_IP, nodePorts: { everywhere: true }, localhostNodePorts: true, tcpLiberal: false };
const options = { settings, withComments: true };

const byService = (ports: readonly RoutedPort[]): Map<string, RoutedPort[]> => new Map(ports.map((port) => [port.service, [port]]));

/** The changes that lead from some ports to others. */
function changesOf(before: readonly RoutedPort[], after: readonly RoutedPort[]) {
  const [old, now] = [byService(before), byService(after)];
  return [...new Set([...old.keys(), ...now.keys()])].map((key) => ({ key, before: old.get(key) ?? [], after: now.get(key) ?? [] }));
}

/** Chains by name with their rules; the order in shared chains has no meaning but for the last rules. */
function contentOf({ tables }: IptablesModel): unknown {
  return Object.fromEntries([...tables].map(([table, chains]) => [table, Object.fromEntries([...chains].sort().map(([chain, rules]) => [chain, /^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/.test(chain) ? [...rules].sort() : rules]))]));
}

function modelOf(ports: readonly RoutedPort[]): IptablesModel {
  const model = new IptablesModel();
  model.restore(fullRestore(ports, new Set(), options).text);
  return model;
}

test('rules do to packets what the Service API says, for any services', () => {
  fc.assert(fc.property(arbitraryPorts, (ports) => {
    const model = modelOf(ports);
    expect(packetsFor(ports).map((packet) => ({ packet, fate: model.fateOf(packet) }))).toEqual(packetsFor(ports).map((packet) => ({ packet, fate: expectedFate(packet, ports) })));
  }), { numRuns: 30 });
});

test('partialRestore makes of any services\' rules those of any others', () => {
  fc.assert(fc.property(arbitraryPorts, arbitraryPorts, (before, after) => {
    const model = modelOf(before);
    model.restore(partialRestore(changesOf(before, after), options).text);
    expect(contentOf(model)).toEqual(contentOf(modelOf(after)));
    expect(model.tables.get('nat')?.get('KUBE-SERVICES')?.at(-1)).toContain('must be the last rule');
  }), { numRuns: 30 });
});

test('fullRestore in pieces makes the same rules, and no piece leads to chains that are not there yet', () => {
  fc.assert(fc.property(arbitraryPorts, (ports) => {
    const model = new IptablesModel();
    for (const piece of fullRestore(ports, new Set(), { ...options, pieceChains: 2 }).text.split(/(?<=COMMIT\n)/)) model.restore(piece);
    expect(contentOf(model)).toEqual(contentOf(modelOf(ports)));
  }), { numRuns: 20 });
});

test('fullRestore deletes chains of ports that are gone, and no others', () => {
  const { text } = fullRestore([], new Set(['KUBE-SVC-AAAAAAAAAAAAAAAA', 'KUBE-SEP-AAAAAAAAAAAAAAAA', 'KUBE-KUBELET-CANARY', 'KUBE-POD-FW-X']), options);
  expect(text.split('\n').filter((line) => line.startsWith('-X'))).toEqual(['-X KUBE-SVC-AAAAAAAAAAAAAAAA', '-X KUBE-SEP-AAAAAAAAAAAAAAAA']);
});

test('partialRestore says nothing of what stays, and of one endpoint only what leads to it', () => {
  const before = routedPort({ nodePort: 30_080 });
  expect(partialRestore(changesOf([before], [before]), options).text).toBe('');
  const after = routedPort({ nodePort: 30_080 }, before.clusterEndpoints.slice(0, 1));
  const lines = partialRestore(changesOf([before], [after]), options).text.split('\n').map((line) => line.replace(/-[A-Z2-7]{16}/g, ''));
  expect(lines.filter((line) => /^[:*]|^-[XDI]/.test(line))).toEqual(['*nat', ':KUBE-SVC - [0:0]', ':KUBE-SEP - [0:0]', '-X KUBE-SEP']);
});

test('ruleCounts adds up to what fullRestore writes', () => {
  const ports = [routedPort({ nodePort: 30_080, loadBalancerIps: ['198.51.100.1'], sourceRanges: ['192.0.2.0/24'] }), routedPort({ service: 'none', name: 'a/none', clusterIp: '10.96.0.1' }, [])];
  const base = fullRestore([], new Set(), options).rules;
  const counts = ports.map((port) => ruleCounts(port, options));
  expect(fullRestore(ports, new Set(), options).rules).toEqual({ nat: counts.reduce((sum, { nat }) => sum + nat, base.nat), filter: counts.reduce((sum, { filter }) => sum + filter, base.filter) });
});
