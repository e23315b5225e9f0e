import { formatApiVersion, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type ResourceRef } from '@kubernode/api';
import { identityOf, ownerIdentity } from './object-identity.ts';
import { OwnershipGraph, type Effects } from './ownership-graph.ts';

const { pods, nodes } = coreV1Resources;

const meta = (uid: string, namespace: string, owners: OwnerReference[] = [], more: Partial<ObjectMeta> = {}): ObjectMeta => ({ name: `name-${uid}`, uid, ...(namespace !== '' && { namespace }), ...(owners.length > 0 && { ownerReferences: owners }), ...more });
const ref = (uid: string, resource: ResourceRef = pods, more: Partial<OwnerReference> = {}): OwnerReference => ({ apiVersion: formatApiVersion(resource), kind: resource.kind, name: `name-${uid}`, uid, ...more });
const deleting = (...finalizers: string[]): Partial<ObjectMeta> => ({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers });

function shown({ toDelete, toDeleteLater, toOrphan, invalidNamespace }: Effects): object {
  const lists = { delete: [...toDelete], later: [...toDeleteLater], orphan: [...toOrphan], invalid: invalidNamespace.map(({ dependent, owner }) => `${dependent.metadata.uid ?? ''}→${owner.uid}`) };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

const virtual = (graph: OwnershipGraph, uid: string): boolean | undefined => graph.get(uid)?.virtual;

test('the graph follows changes of owners', () => {
  const graph = new OwnershipGraph();
  for (const uid of ['a', 'b']) graph.observe(pods, meta(uid, 'ns'));
  graph.observe(pods, meta('x', 'ns', [ref('a', pods, { blockOwnerDeletion: true })]));
  graph.observe(pods, meta('y', 'ns', [ref('a')]));
  expect([graph.dependentsOf('a'), graph.blockersOf('a')].map((list) => list.map(({ metadata }) => metadata.uid))).toEqual([['x', 'y'], ['x']]);
  expect(shown(graph.observe(pods, meta('x', 'ns', [ref('b')])))).toEqual({ delete: ['a'] }); // it blocks no more
  graph.remove(meta('y', 'ns'));
  expect([graph.dependentsOf('a').length, graph.dependentsOf('b').length]).toEqual([0, 1]);
});

test('an owner that nobody saw is asked for; once it is known not to be, its dependents are looked at', () => {
  const graph = new OwnershipGraph();
  expect(shown(graph.observe(pods, meta('x', 'ns', [ref('gone')])))).toEqual({ delete: ['gone'] });
  expect(virtual(graph, 'gone')).toBe(true);
  expect(shown(graph.confirmAbsent(ownerIdentity(ref('gone'), 'ns')))).toEqual({ delete: ['x'] });
  expect([graph.get('gone'), graph.isAbsent(ref('gone'), 'ns'), graph.isAbsent(ref('gone'), 'other')]).toEqual([undefined, true, false]);
});

test('an owner that is seen late is no longer asked for', () => {
  const graph = new OwnershipGraph();
  graph.observe(pods, meta('x', 'ns', [ref('late')]));
  expect(shown(graph.observe(pods, meta('late', 'ns')))).toEqual({});
  expect(virtual(graph, 'late')).toBe(false);
});

test('when an owner goes, its dependents are looked at, and an owner of its own that waits for it', () => {
  const graph = new OwnershipGraph();
  graph.observe(pods, meta('top', 'ns', [], deleting('foregroundDeletion')));
  graph.observe(pods, meta('middle', 'ns', [ref('top')]));
  graph.observe(pods, meta('bottom', 'ns', [ref('middle')]));
  expect(shown(graph.remove(meta('middle', 'ns')))).toEqual({ delete: ['bottom', 'top'] });
});

test.each<[string, Partial<ObjectMeta>, object]>([
  ['in the foreground', deleting('foregroundDeletion'), { delete: ['x', 'a'] }],
  ['letting dependents go', deleting('orphan'), { orphan: ['a'] }],
  ['by another finalizer', deleting('other'), {}],
])('a deletion %s is taken up once', (_title, more, want) => {
  const graph = new OwnershipGraph();
  graph.observe(pods, meta('a', 'ns'));
  graph.observe(pods, meta('x', 'ns', [ref('a')]));
  expect(shown(graph.observe(pods, meta('a', 'ns', [], more)))).toEqual(want);
  expect(shown(graph.observe(pods, meta('a', 'ns', [], { ...more, labels: { changed: 'yes' } })))).toEqual({});
});

test('a finalizer that comes during the deletion is taken up', () => {
  const graph = new OwnershipGraph();
  graph.observe(pods, meta('a', 'ns', [], deleting('other')));
  expect(shown(graph.observe(pods, meta('a', 'ns', [], deleting('other', 'foregroundDeletion'))))).toEqual({ delete: ['a'] });
});

describe('references across namespaces are told of and never make the true owner look gone', () => {
  test('the child first', () => {
    const graph = new OwnershipGraph();
    expect(shown(graph.observe(pods, meta('bad', 'ns1', [ref('o')])))).toEqual({ delete: ['o'] });
    expect(shown(graph.observe(pods, meta('o', 'ns2')))).toEqual({ delete: ['bad'], invalid: ['bad→o'] });
    expect(shown(graph.confirmAbsent(ownerIdentity(ref('o'), 'ns1')))).toEqual({ delete: ['bad'] });
    expect([virtual(graph, 'o'), graph.isAbsent(ref('o'), 'ns1'), graph.isAbsent(ref('o'), 'ns2')]).toEqual([false, true, false]);
  });

  test('the owner first', () => {
    const graph = new OwnershipGraph();
    graph.observe(pods, meta('o', 'ns2'));
    expect(shown(graph.observe(pods, meta('bad', 'ns1', [ref('o')])))).toEqual({ delete: ['bad'], invalid: ['bad→o'] });
  });

  test('from an object in no namespace', () => {
    const graph = new OwnershipGraph();
    graph.observe(pods, meta('o', 'ns'));
    expect(shown(graph.observe(nodes, meta('bad', '', [ref('o')])))).toEqual({ delete: ['bad'], invalid: ['bad→o'] });
  });

  test('an owner in no namespace is everybody\'s', () => {
    const graph = new OwnershipGraph();
    graph.observe(nodes, meta('o', ''));
    expect(shown(graph.observe(pods, meta('x', 'ns', [ref('o', nodes)])))).toEqual({});
    expect(shown(graph.remove(meta('o', '')))).toEqual({ delete: ['x'] });
    expect([graph.isAbsent(ref('o', nodes), 'ns'), graph.isAbsent(ref('o', nodes), 'other')]).toEqual([true, true]);
  });
});

describe('references by another version', () => {
  const { deployments } = appsV1Resources;
  const old = ref('d', deployments, { apiVersion: 'extensions/v1beta1' });

  test('the child is looked at when the true owner shows up, and when it goes', () => {
    const graph = new OwnershipGraph();
    graph.observe(pods, meta('x', 'ns', [old]));
    expect(shown(graph.observe(deployments, meta('d', 'ns')))).toEqual({ delete: ['x'] });
    expect(shown(graph.remove(meta('d', 'ns')))).toEqual({ delete: ['x'] });
    expect([graph.isAbsent(old, 'ns'), graph.isAbsent(ref('d', deployments), 'ns')]).toEqual([false, true]);
  });

  test('where dependents disagree, each of their owners is tried in turn', () => {
    const graph = new OwnershipGraph();
    graph.observe(pods, meta('wrong', 'ns', [old]));
    expect(shown(graph.observe(pods, meta('right', 'ns', [ref('d', deployments)])))).toEqual({ delete: ['right'] });
    expect(shown(graph.confirmAbsent(ownerIdentity(old, 'ns')))).toEqual({ delete: ['wrong'], later: ['d'] });
    expect(graph.get('d')).toEqual({ virtual: true, identity: ownerIdentity(ref('d', deployments), 'ns') });
    expect(shown(graph.confirmAbsent(ownerIdentity(ref('d', deployments), 'ns')))).toEqual({ delete: ['right'], later: ['d'] });
  });
});

test('an object in no namespace that names an owner in one does not keep others from being looked at', () => {
  const graph = new OwnershipGraph();
  graph.observe(nodes, meta('bad', '', [ref('o')]));
  expect(shown(graph.observe(pods, meta('good', 'ns', [ref('o')])))).toEqual({ delete: ['good'] });
});

test('what nobody watches any more is asked for again, where something depends on it', () => {
  const graph = new OwnershipGraph();
  graph.observe(pods, meta('o', 'ns'));
  graph.observe(pods, meta('alone', 'ns', [ref('o')]));
  expect([shown(graph.doubt('o')), shown(graph.doubt('alone')), graph.size]).toEqual([{ delete: ['o'] }, {}, 1]);
  expect(graph.get('o')).toEqual({ virtual: true, identity: identityOf(pods, meta('o', 'ns')) });
});
