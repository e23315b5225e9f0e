import fc from 'fast-check';
import type { coreV1, discoveryV1 } from '@kubernode/api';
import { HintMemory } from './service-hints.ts';
import { draftOf, type Draft, type Slice } from './slice-drafts.ts';
import { withTopologyHints } from './topology-hints.ts';
import { changesZones, zoneSharesOf } from './zone-shares.ts';

/** Endpoints by their zones' letters: capitals are not ready. */
function slice(name: string, zones: string, hints = ''): Slice {
  const endpoints = zones.split('').map((letter, i): discoveryV1.Endpoint => ({
    addresses: [`${name}${i}`], zone: letter.toLowerCase(), conditions: { ready: letter === letter.toLowerCase() }, ...(hints[i] !== undefined && { hints: { forZones: [{ name: hints[i] }] } }),
  }));
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name }, addressType: 'IPv4', endpoints, ports: [] };
}

const drafts = (...zones: string[]): Draft[] => zones.map((one, i) => draftOf(slice(`s${i}`, one)));
const hintsOf = (list: readonly Draft[]): string[] => list.map(({ endpoints }) => endpoints.map(({ hints }) => hints?.forZones?.[0]?.name ?? '-').join(''));
const shares = (given: Record<string, number>): ReadonlyMap<string, number> => new Map(Object.entries(given));

test.each<[string, string[], string[], Slice[], Record<string, number>, { create: string[]; update: string[] }]>([
  ['each its own zone', ['ab'], [], [], { a: 0.45, b: 0.55 }, { create: ['ab'], update: [] }],
  ['none for those that are not ready', ['abBB'], [], [], { a: 0.45, b: 0.55 }, { create: ['ab--'], update: [] }],
  ['to the neediest zone', ['ab', 'cca'], ['aa', 'bca'], [], { a: 0.35, b: 0.35, c: 0.3 }, { create: ['bb', 'cca'], update: ['aa', 'bca'] }],
  ['none anew where they fit', ['ab'], [], [slice('old', 'ab', 'ab')], { a: 0.5, b: 0.5 }, { create: ['ab'], update: [] }],
  ['anew where a ready endpoint has none', [], [], [slice('old', 'ab', 'a')], { a: 0.5, b: 0.5 }, { create: [], update: ['ab'] }],
  ['anew where a zone is no more', [], [], [slice('old', 'ab', 'az')], { a: 0.5, b: 0.5 }, { create: [], update: ['ab'] }],
  ['anew where a zone has too many', ['bbbb'], [], [slice('old', 'aaaa', 'aaaa')], { a: 0.2, b: 0.8 }, { create: ['bbbb'], update: ['bbaa'] }],
])('withTopologyHints hints %s', (_name, create, update, unchanged, of, want) => {
  const outcome = withTopologyHints({ create: drafts(...create), update: drafts(...update), remove: [] }, unchanged, shares(of));
  expect(outcome.enabled && { create: hintsOf(outcome.changes.create), update: hintsOf(outcome.changes.update) }).toEqual(want);
});

test('every endpoint serves a zone, and no zone lacks more than one of its share, wherever the endpoints are', () => {
  const zones = ['a', 'b', 'c'];
  fc.assert(fc.property(fc.array(fc.constantFrom(...zones), { minLength: 3, maxLength: 60 }), fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), (letters, cpus) => {
    const total = cpus[0] + cpus[1] + cpus[2];
    const of = new Map(zones.map((zone, i) => [zone, (cpus[i] ?? 0) / total]));
    const outcome = withTopologyHints({ create: drafts(letters.join('')), update: [], remove: [] }, [], of);
    if (!outcome.enabled) return;
    const given = hintsOf(outcome.changes.create).join('');
    expect(given).not.toContain('-');
    const counts = new Map(zones.map((zone) => [zone, given.split('').filter((one) => one === zone).length]));
    expect(new Map(zones.map((zone) => [zone, outcome.counts.get(zone) ?? 0]))).toEqual(counts);
    for (const [zone, share] of of) expect(counts.get(zone) ?? 0).toBeGreaterThanOrEqual(Math.ceil((letters.length * share) / 1.2) - 1); // Kubernetes moves no endpoint for the sake of half a one
  }));
});

const node = (zone: string | undefined, cpu: string, { ready = 'True', labels = {} }: { ready?: string; labels?: Record<string, string> } = {}): coreV1.Node => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name: `${zone ?? ''}${cpu}`, labels: { ...labels, ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }) } },
  status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: ready }] },
});

test.each<[string, coreV1.Node[], Record<string, number> | undefined]>([
  ['no nodes', [], undefined],
  ['one zone', [node('a', '1'), node('a', '2')], undefined],
  ['two zones', [node('a', '1'), node('b', '3')], { a: 0.25, b: 0.75 }],
  ['parts of a CPU', [node('a', '500m'), node('b', '1500m')], { a: 0.25, b: 0.75 }],
  ['nodes that are not ready', [node('a', '1'), node('b', '1'), node('b', '5', { ready: 'False' })], { a: 0.5, b: 0.5 }],
  ['a zone of which none is ready', [node('a', '1'), node('b', '1', { ready: 'Unknown' })], undefined],
  ['control planes', [node('a', '1'), node('b', '1'), node('c', '1', { labels: { 'node-role.kubernetes.io/control-plane': '' } })], { a: 0.5, b: 0.5 }],
  ['a node without a zone', [node('a', '1'), node('b', '1'), node(undefined, '1')], undefined],
  ['a node without CPUs', [node('a', '1'), node('b', '0')], undefined],
])('zoneSharesOf %s', (_name, nodes, want) => {
  const given = zoneSharesOf(nodes);
  expect(given && Object.fromEntries(given)).toEqual(want);
});

test.each<[string, boolean, coreV1.Node | undefined, coreV1.Node | undefined]>([
  ['a new node', true, undefined, node('a', '1')],
  ['a node that goes', true, node('a', '1'), undefined],
  ['another zone', true, node('a', '1'), node('b', '1')],
  ['another readiness', true, node('a', '1'), node('a', '1', { ready: 'False' })],
  ['a heartbeat', false, node('a', '1'), node('a', '1')],
])('shares may change with %s: %s', (_name, want, before, after) => { expect(changesZones(before, after)).toBe(want); });

test('HintMemory tells which Services have too little in a zone, and asks nodes only if it must', () => {
  const memory = new HintMemory();
  const state = (counts: Record<string, number>): Parameters<HintMemory['set']>[1] => ({ populated: true, counts: new Map([['IPv4', new Map(Object.entries(counts))]]) });
  expect(memory.overloaded(() => { throw new Error('nobody needs to know'); })).toEqual([]);
  memory.set('ns/well', state({ a: 5, b: 5 }));
  memory.set('ns/short', state({ a: 9, b: 1 }));
  memory.set('ns/gone', state({ a: 9, b: 1 }));
  memory.forget('ns/gone');
  memory.set('ns/none', { populated: false, counts: new Map() });
  expect(memory.overloaded(() => shares({ a: 0.5, b: 0.5 }))).toEqual(['ns/short']);
  expect(memory.overloaded(() => shares({ a: 0.3, b: 0.3, c: 0.4 }))).toEqual(['ns/well', 'ns/short']);
  expect(memory.overloaded(() => undefined)).toEqual(['ns/well', 'ns/short']);
});
