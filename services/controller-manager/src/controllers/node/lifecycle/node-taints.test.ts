import type { coreV1 } from '@kubernode/api';
import { labelActions } from './node-labels.ts';
import { taintActions, withNoScheduleTaints } from './node-taints.ts';
import { stateOf, zoneKeyOf } from './zone-disruption.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const timeAdded = '2026-01-01T00:00:00Z';
const key = (name: string): string => `node.kubernetes.io/${name}`;
const conditions = (given: Record<string, string>): coreV1.NodeCondition[] => Object.entries(given).map(([type, status]) => ({ type, status }));

function node(given: Record<string, string>, spec: coreV1.NodeSpec = {}, labels: Record<string, string> = {}): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', resourceVersion: '3', labels }, spec, status: { conditions: conditions(given) } };
}

test.each<[string, coreV1.Node, coreV1.Taint[] | null | undefined]>([
  ['none for a node that is well', node({ Ready: 'True', MemoryPressure: 'False' }), undefined],
  ['what its readiness says', node({ Ready: 'False' }), [{ key: key('not-ready'), effect: 'NoSchedule', timeAdded }]],
  ['another for a node nobody hears of', node({ Ready: 'Unknown' }), [{ key: key('unreachable'), effect: 'NoSchedule', timeAdded }]],
  ['one for each condition, in their order', node({ NetworkUnavailable: 'True', DiskPressure: 'True', MemoryPressure: 'True', PIDPressure: 'True', Ready: 'True' }), ['network-unavailable', 'disk-pressure', 'memory-pressure', 'pid-pressure'].map((one) => ({ key: key(one), effect: 'NoSchedule', timeAdded }))],
  ['one for a cordon, after the others', node({ Ready: 'False' }, { unschedulable: true }), [{ key: key('not-ready'), effect: 'NoSchedule', timeAdded }, { key: key('unschedulable'), effect: 'NoSchedule', timeAdded }]],
  ['none any more', node({ Ready: 'True' }, { taints: [{ key: key('not-ready'), effect: 'NoSchedule' }] }), null],
  ['none for a node that never reported', node({}, { taints: [{ key: key('not-ready'), effect: 'NoSchedule' }] }), null],
  ['those of others as well', node({ Ready: 'True' }, { taints: [{ key: 'mine', effect: 'NoSchedule' }, { key: key('unreachable'), effect: 'NoSchedule' }, { key: key('unreachable'), effect: 'NoExecute' }] }), [{ key: 'mine', effect: 'NoSchedule' }, { key: key('unreachable'), effect: 'NoExecute' }]],
  ['those that stand, with their time', node({ Ready: 'False' }, { taints: [{ key: key('not-ready'), effect: 'NoSchedule', timeAdded: 'before' }] }), undefined],
])('a node has %s', (_name, given, want) => {
  const [action] = taintActions(given, withNoScheduleTaints(given, NOW));
  expect(action === undefined ? undefined : action.do === 'patch' && action.patch).toEqual(want === undefined ? undefined : { type: 'merge', body: { metadata: { resourceVersion: '3' }, spec: { taints: want } } });
});

test.each<[string, Record<string, string>, Record<string, string> | undefined]>([
  ['the older labels it lacks', { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }, { 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'amd64' }],
  ['those put right', { 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'plan9' }, { 'beta.kubernetes.io/os': 'linux' }],
  ['none without the newer ones', { 'beta.kubernetes.io/os': 'linux' }, undefined],
  ['nothing when all is well', { 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'linux' }, undefined],
])('a node gets %s', (_name, labels, want) => {
  const [action] = labelActions(node({}, {}, labels));
  expect(action?.do === 'patch' ? action.patch.body : undefined).toEqual(want && { metadata: { labels: want } });
});

test.each<[Record<string, string>, string]>([
  [{}, ''],
  [{ 'topology.kubernetes.io/zone': 'z' }, ':\u0000:z'],
  [{ 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' }, 'r:\u0000:z'],
  [{ 'topology.kubernetes.io/zone': 'z', 'failure-domain.beta.kubernetes.io/zone': 'old' }, ':\u0000:old'],
])('a node labelled %j is in the zone %j', (labels, want) => { expect(zoneKeyOf(node({}, {}, labels))).toBe(want); });

test.each<[number, number, string]>([
  [0, 0, 'Normal'], [1, 0, 'Normal'], [0, 1, 'FullDisruption'], [1, 2, 'Normal'], [2, 3, 'PartialDisruption'], [3, 3, 'Normal'], [10, 12, 'Normal'], [9, 11, 'PartialDisruption'],
])('%i ready nodes and %i others are %s', (ready, notReady, want) => { expect(stateOf({ ready, notReady }, 0.55)).toBe(want); });
