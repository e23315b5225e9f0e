import { coreV1Resources } from '@kubernode/api';
import { judge, OwnershipGraph, type GraphNode, type OwnerState, type Verdict } from './ownership-graph.ts';

const owner = (uid: string, blockOwnerDeletion = false): { apiVersion: string; kind: string; name: string; uid: string; blockOwnerDeletion: boolean } => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid, blockOwnerDeletion });
const node = (uid: string, owners: ReturnType<typeof owner>[] = [], finalizers: string[] = []): GraphNode => ({ resource: coreV1Resources.configmaps, metadata: { name: uid, uid, ownerReferences: owners, finalizers } });

describe('judge', () => {
  test.each<[string, Record<string, OwnerState>, boolean, string[], Verdict]>([
    ['all owners live', { a: 'solid', b: 'solid' }, false, [], { action: 'none' }],
    ['one of two is gone', { a: 'solid', b: 'absent' }, false, [], { action: 'drop-references', owners: [owner('a')] }],
    ['all are gone', { a: 'absent', b: 'absent' }, false, [], { action: 'delete', policy: 'Background' }],
    ['an owner waits and the object has dependents', { a: 'absent', b: 'waiting' }, true, [], { action: 'delete', policy: 'Foreground' }],
    ['an owner waits', { a: 'waiting', b: 'absent' }, false, [], { action: 'delete', policy: 'Background' }],
    ['an orphaning object', { a: 'absent', b: 'absent' }, false, ['orphan'], { action: 'delete', policy: 'Orphan' }],
  ])('%s', (_name, states, blocks, finalizers, want) => {
    expect(judge(node('x', [owner('a'), owner('b')], finalizers), new Map(Object.entries(states)), blocks)).toEqual(want);
  });
});

test('the graph follows changes of owners', () => {
  const graph = new OwnershipGraph();
  graph.set(node('x', [owner('a', true)]));
  graph.set(node('y', [owner('a')]));
  expect([graph.dependentsOf('a'), graph.blockersOf('a')].map((nodes) => nodes.map(({ metadata }) => metadata.uid))).toEqual([['x', 'y'], ['x']]);
  graph.set(node('x', [owner('b')]));
  graph.remove('y');
  expect([graph.dependentsOf('a').length, graph.dependentsOf('b').length]).toEqual([0, 1]);
});
