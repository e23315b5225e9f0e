import fc from 'fast-check';
import { modifiedSince, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createInformerFactory, WorkQueueMetrics, type Client, type EventRecorder } from '@kubernode/client';
import { FileFollower, silentLogger } from '@kubernode/component-base';
import type { Runtime } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { GarbageCollector } from './garbage-collector.ts';

const { configmaps, nodes } = coreV1Resources;

interface World { client: FakeClient; clock: FakeClock; events: string[]; asked: number[]; settle(ms?: number): Promise<void>; stop(): Promise<void> }

const ref = (name: string, more: Partial<OwnerReference> = {}): OwnerReference => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid-${name}`, ...more });

function map(name: string, owners: OwnerReference[] = [], more: Partial<ObjectMeta> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', uid: `uid-${name}`, ...(owners.length > 0 && { ownerReferences: owners }), ...more } };
}

function start(objects: readonly object[]): World {
  const clock = createFakeClock(1_000_000);
  const fake = createFakeClient(objects, { now: () => clock.now() });
  const served = [configmaps, nodes].map(({ resource, kind, namespaced }) => ({ resource, responseKind: { kind }, scope: namespaced ? 'Namespaced' : 'Cluster', verbs: ['list', 'watch', 'delete'] }));
  const asked: number[] = [];
  const discovery = (path: string): object => ({ kind: 'APIGroupDiscoveryList', items: path === '/api' ? [{ metadata: {}, versions: [{ version: 'v1', resources: served }] }] : [] });
  const client: Client = { ...fake, request: ({ path }) => Promise.resolve(path === '/api' && asked.push(clock.now())).then(() => ({ status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify(discovery(path))) })) };
  const stop = new AbortController();
  const rng = seededRng(1);
  const events: string[] = [];
  const recorder: EventRecorder = { event: ({ metadata: { name } }, type, reason, message) => { events.push(`${name}: ${type} ${reason} ${message}`); }, run: () => Promise.resolve() };
  const registry = new Registry();
  const informers = createInformerFactory({ client, clock, rng, logger: silentLogger });
  const runtime: Runtime = { client, informers, clock, rng, logger: silentLogger, registry, pages: new Map(), metrics: new WorkQueueMetrics(registry), follower: new FileFollower({ clock, logger: silentLogger }), serverAuthority: () => '', recorder: () => recorder, seriesRecorder: () => ({ event: () => undefined, run: () => Promise.resolve() }) };
  const ended = [informers.run(stop.signal), new GarbageCollector(runtime, { shared: new Set(), workers: 3 }).run(stop.signal)];
  const settle = async (ms = 3000): Promise<void> => { for (let done = 0; done < ms; done += 50) await clock.advance(50); };
  return { client: fake, clock, events, asked, settle, stop: async () => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); } };
}

function remaining({ client }: World): Record<string, string[]> {
  return Object.fromEntries(client.all(configmaps).map(({ metadata }: coreV1.ConfigMap) => [metadata.name, (metadata.ownerReferences ?? []).map(({ name }) => name)]));
}

test.each<[string, object[], Record<string, string[]>]>([
  ['whose owner is gone', [map('x', [ref('gone')])], {}],
  ['whose owner has another uid now', [map('o', [], { uid: 'new' }), map('x', [ref('o')])], { o: [] }],
  ['with one owner left of two', [map('o'), map('x', [ref('o'), ref('gone')])], { o: [], x: ['o'] }],
  ['whose owner\'s kind is not served', [map('x', [ref('gone', { apiVersion: 'example.com/v1', kind: 'Widget' })])], { x: ['gone'] }],
  ['whose owner is named in a version that is not served', [map('o'), map('x', [ref('o', { apiVersion: 'v0' })])], { o: [], x: ['o'] }],
  ['of a chain whose beginning is gone', [map('a', [ref('gone')]), map('b', [ref('a')]), map('c', [ref('b')])], {}],
  ['of a circle', [map('a', [ref('b')]), map('b', [ref('a')])], { a: ['b'], b: ['a'] }],
])('what becomes of an object %s', async (_title, objects, want) => {
  const world = start(objects);
  await world.settle();
  expect(remaining(world)).toEqual(want);
  await world.stop();
});

test('an owner in another namespace counts as absent and is told of; its own dependents stay', async () => {
  const world = start([map('o', [], { namespace: 'other' }), map('good', [ref('o')], { namespace: 'other' }), map('bad', [ref('o')])]);
  await world.settle();
  expect([Object.keys(remaining(world)).sort(), world.events]).toEqual([['good', 'o'], ['bad: Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: ns, name: o, uid: uid-o] does not exist in namespace "ns"']]);
  await world.stop();
});

test('an object in no namespace is never deleted for an owner in one', async () => {
  const world = start([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'uid-n', ownerReferences: [ref('gone')] } }]);
  await world.settle();
  expect(world.client.all(nodes).length).toBe(1);
  await world.stop();
});

test('a deletion in the foreground waits for those that block it, even in a circle', async () => {
  const held = map('held', [ref('o', { blockOwnerDeletion: true })], { finalizers: ['hold.test/x'] });
  const world = start([map('o', [ref('inner', { blockOwnerDeletion: true })]), map('inner', [ref('o', { blockOwnerDeletion: true })]), held]);
  await world.settle();
  await world.client.delete(configmaps, { namespace: 'ns', name: 'o' }, { propagationPolicy: 'Foreground' });
  await world.settle();
  expect(Object.keys(remaining(world)).sort()).toEqual(['held', 'inner', 'o']); // inner waits for o, but o no more for inner
  await world.client.patch(configmaps, { namespace: 'ns', name: 'held' }, { type: 'merge', body: { metadata: { finalizers: null } } });
  await world.settle();
  expect(remaining(world)).toEqual({});
  await world.stop();
});

test('what is served is asked for again in a while, and soon after a definition changes', async () => {
  const world = start([]);
  await world.settle(31_000);
  expect(world.asked.map((ms) => Math.round((ms - 1_000_000) / 1000))).toEqual([0, 30]);
  world.client.put({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' } });
  await world.settle(5000);
  expect(world.asked.map((ms) => Math.round((ms - 1_000_000) / 1000))).toEqual([0, 30, 32]);
  await world.stop();
});

type Policy = 'Background' | 'Foreground' | 'Orphan';

/** The same by hand: who is left, and with which owners. */
function deleteByHand(left: Map<string, string[]>, name: string, policy: Policy): void {
  if (!left.delete(name)) return;
  for (const [dependent, owners] of [...left]) {
    if (!owners.includes(name)) continue;
    const others = owners.filter((one) => one !== name);
    if (policy !== 'Orphan' && others.length === 0) deleteByHand(left, dependent, 'Background');
    else left.set(dependent, others);
  }
}

test('whatever is deleted in whichever way, what is left is what a naive twin leaves, also when writes fail at first', async () => {
  const owners = fc.array(fc.record({ of: fc.nat(5), block: fc.boolean() }), { maxLength: 3 });
  const deletion = fc.record({ what: fc.nat(6), policy: fc.constantFrom<Policy>('Background', 'Foreground', 'Orphan') });
  await fc.assert(fc.asyncProperty(fc.array(owners, { minLength: 2, maxLength: 7 }), fc.array(deletion, { minLength: 1, maxLength: 4 }), fc.nat(1000), async (lists, deletions, seed) => {
    const references = lists.map((list, index) => [...new Map(list.filter(({ of }) => of < index).map(({ of, block }) => [of, block]))]); // no circles
    const world = start(references.map((list, index) => map(`m${index}`, list.map(([of, block]) => ref(`m${of}`, { blockOwnerDeletion: block })))).sort((a, b) => (seed % 2) * (JSON.stringify(a) < JSON.stringify(b) ? 1 : -1)));
    const left = new Map(references.map((list, index) => [`m${index}`, list.map(([of]) => `m${of}`)]));
    const rng = seededRng(seed);
    for (const { what, policy } of deletions) {
      const name = `m${what % lists.length}`;
      world.client.onWrite = undefined;
      if (left.has(name)) await world.client.delete(configmaps, { namespace: 'ns', name }, { propagationPolicy: policy });
      deleteByHand(left, name, policy);
      world.client.onWrite = () => { if (rng.next() < 0.3) throw modifiedSince(configmaps, name); };
      await world.settle(6000);
      expect(remaining(world)).toEqual(Object.fromEntries(left));
    }
    await world.stop();
  }), { numRuns: 15, seed: 3 });
});
