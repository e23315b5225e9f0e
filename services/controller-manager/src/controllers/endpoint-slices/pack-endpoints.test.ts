import type { discoveryV1 } from '@kubernode/api';
import { packEndpoints } from './pack-endpoints.ts';
import type { Endpoint, Slice } from './slice-drafts.ts';

function endpoint(name: string, ready = true): Endpoint {
  return { addresses: [name], conditions: { ready, serving: ready, terminating: false }, targetRef: { kind: 'Pod', name, namespace: 'ns', uid: name } };
}

const range = (from: number, count: number, ready = true): Endpoint[] => Array.from({ length: count }, (_, i) => endpoint(`p${from + i}`, ready));

function slice(name: string, endpoints: readonly Endpoint[]): Slice {
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, namespace: 'ns', resourceVersion: '1' }, addressType: 'IPv4', endpoints: [...endpoints] as discoveryV1.Endpoint[], ports: [] };
}

function pack(present: readonly Slice[], wanted: readonly Endpoint[], { endpointsMax = 100, labels }: { endpointsMax?: number; labels?: Record<string, string> } = {}): { create: number[]; update: Record<string, number>; remove: string[] } {
  const { create, update, remove, added, removed } = packEndpoints({ present, wanted, endpointsMax, newLabels: () => labels, fresh: () => ({ metadata: {}, addressType: 'IPv4', endpoints: [], ports: [] }) });
  const all = [...update, ...create].flatMap(({ endpoints }) => endpoints.map(({ addresses }) => addresses[0]));
  expect(new Set(all).size).toBe(all.length); // nobody is in two slices
  const namesOf = (list: readonly Endpoint[]): Set<string | undefined> => new Set(list.map(({ addresses }) => addresses[0]));
  const [before, after] = [namesOf(present.flatMap(({ endpoints }) => endpoints ?? [])), namesOf(wanted)];
  expect({ added, removed }).toEqual({ added: [...after].filter((one) => !before.has(one)).length, removed: [...before].filter((one) => !after.has(one)).length });
  return { create: create.map(({ endpoints }) => endpoints.length), update: Object.fromEntries(update.map(({ metadata, endpoints }) => [metadata.name ?? '', endpoints.length])), remove: remove.map(({ metadata }) => metadata.name) };
}

/** Slices by name and how many endpoints they have; wanted are `keep` of each and `more` new ones. */
test.each<[string, Parameters<typeof pack>, ReturnType<typeof pack>]>([
  ['nothing into nothing', [[], []], { create: [], update: {}, remove: [] }],
  ['many into new slices', [[], range(0, 250)], { create: [100, 100, 50], update: {}, remove: [] }],
  ['into slices of another size', [[], range(0, 250), { endpointsMax: 249 }], { create: [249, 1], update: {}, remove: [] }],
  ['what stands, leaving it alone', [[slice('a', range(0, 5))], range(0, 5)], { create: [], update: {}, remove: [] }],
  ['more into a slice with room', [[slice('a', range(0, 4)), slice('b', range(10, 60))], [...range(0, 4), ...range(10, 60), ...range(100, 31)]], { create: [], update: { b: 91 }, remove: [] }],
  ['more into the slice it fills best', [[slice('a', range(0, 62)), slice('b', range(100, 61))], [...range(0, 62), ...range(100, 61), ...range(200, 38)]], { create: [], update: { a: 100 }, remove: [] }],
  ['more into a new slice rather than into several', [[slice('a', range(0, 62)), slice('b', range(100, 61))], [...range(0, 62), ...range(100, 61), ...range(200, 40)]], { create: [40], update: {}, remove: [] }],
  ['a full slice of more beside what stands', [[slice('a', range(0, 10))], [...range(0, 10), ...range(100, 100)]], { create: [100], update: {}, remove: [] }],
  ['more into slices that are written anyway, fullest first', [[slice('a', range(0, 20)), slice('b', range(100, 80))], [...range(0, 20, false), ...range(100, 80, false), ...range(200, 15)]], { create: [], update: { a: 20, b: 95 }, remove: [] }],
  ['less, dropping what is empty', [[slice('a', range(0, 5)), slice('b', range(10, 5))], range(0, 4)], { create: [], update: { a: 4 }, remove: ['b'] }],
  ['a change of state in place', [[slice('a', range(0, 5))], [...range(0, 4), endpoint('p4', false)]], { create: [], update: { a: 5 }, remove: [] }],
  ['a change of labels', [[slice('a', range(0, 5)), slice('b', [])], range(0, 5), { labels: { x: 'y' } }], { create: [], update: { a: 5, b: 0 }, remove: [] }],
  ['exactly one slice', [[], range(0, 100)], { create: [100], update: {}, remove: [] }],
  ['the rest of a filled one', [[slice('a', range(0, 90))], [...range(0, 90, false), ...range(100, 15)]], { create: [5], update: { a: 100 }, remove: [] }],
])('packEndpoints packs %s', (_name, given, want) => { expect(pack(...given)).toEqual(want); });

test('a pod made anew under its name and address keeps its place', () => {
  const before = [endpoint('a'), endpoint('b')];
  const { update } = packEndpoints({ present: [slice('s', before)], wanted: [endpoint('b'), { ...endpoint('a'), targetRef: { kind: 'Pod', name: 'a', namespace: 'ns', uid: 'new' } }], endpointsMax: 100, newLabels: () => undefined, fresh: () => { throw new Error('none is needed'); } });
  expect(update.map(({ endpoints }) => endpoints.map(({ targetRef }) => targetRef?.uid))).toEqual([['new', 'b']]);
});
