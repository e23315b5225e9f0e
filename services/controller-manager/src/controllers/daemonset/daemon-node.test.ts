import type { appsV1, coreV1 } from '@kubernode/api';
import { daemonTolerations, placeOf } from './daemon-node.ts';

function set(spec: Partial<coreV1.PodSpec> = {}): appsV1.DaemonSet {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd' }, spec: { selector: {}, template: { spec: { containers: [], ...spec } } } };
}

function node(taints: coreV1.Taint[] = [], labels: Record<string, string> = { disk: 'ssd', cores: '8' }): coreV1.Node { return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', labels }, spec: { taints } }; }

function required(...nodeSelectorTerms: coreV1.NodeSelectorTerm[]): Partial<coreV1.PodSpec> { return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } }; }

const [both, stayOnly, neither] = [{ run: true, stay: true }, { run: false, stay: true }, { run: false, stay: false }];

test.each<[string, Partial<coreV1.PodSpec>, coreV1.Node, { run: boolean; stay: boolean }]>([
  ['a plain node', {}, node(), both],
  ['a cordoned node', {}, node([{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]), both],
  ['a node under pressure', {}, node(['disk', 'memory', 'pid'].map((what) => ({ key: `node.kubernetes.io/${what}-pressure`, effect: 'NoSchedule' }))), both],
  ['a node that is gone quiet', {}, node([{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }, { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }]), stayOnly],
  ['a node without a network', {}, node([{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }]), stayOnly],
  ['a node without a network, for one that needs none', { hostNetwork: true }, node([{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }]), both],
  ['a tainted node', {}, node([{ key: 'k', effect: 'NoSchedule' }]), stayOnly],
  ['a node that would rather not', {}, node([{ key: 'k', effect: 'PreferNoSchedule' }]), both],
  ['a node that evicts', {}, node([{ key: 'k', effect: 'NoExecute' }]), neither],
  ['a taint that is tolerated', { tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] }, node([{ key: 'k', value: 'v', effect: 'NoExecute' }]), both],
  ['a taint of another value', { tolerations: [{ key: 'k', operator: 'Equal', value: 'w' }] }, node([{ key: 'k', value: 'v', effect: 'NoSchedule' }]), stayOnly],
  ['the node that is named', { nodeName: 'a' }, node(), both],
  ['another than the one that is named', { nodeName: 'b' }, node(), neither],
  ['a node that is selected', { nodeSelector: { disk: 'ssd' } }, node(), both],
  ['a node that is not selected', { nodeSelector: { disk: 'hdd' } }, node(), neither],
  ['a node of one of the terms', required({ matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd'] }] }, { matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['4'] }] }), node(), both],
  ['a node by its name', required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }), node(), neither],
  ['no term at all', required({}), node(), neither],
  ['a selector and terms that disagree', { nodeSelector: { disk: 'hdd' }, ...required({ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }) }, node(), neither],
])('placeOf %s', (_name, spec, one, want) => { expect(placeOf(set(spec), one)).toEqual(want); });

test('automatic tolerations take the place of the template\'s own for the same', () => {
  const own = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }, { key: 'k', operator: 'Exists' }];
  const all = daemonTolerations({ tolerations: own });
  expect([all.slice(0, 2), all.length]).toEqual([[{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }, { key: 'k', operator: 'Exists' }], 7]);
});
