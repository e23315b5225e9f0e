import { appsV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { internalError } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createInformerFactory, WorkQueueMetrics, type Client } from '@kubernode/client';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { runNamespaceController } from './namespace-controller.ts';

const { namespaces, pods, configmaps } = coreV1Resources;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

interface World { client: FakeClient; clock: FakeClock; deleted: string[]; stale: string[]; stop(): Promise<void>; conditions(): Record<string, string> }

function served(...resources: readonly ResourceRef[]): object {
  return { version: 'v1', resources: resources.map(({ resource, kind, namespaced }) => ({ resource, responseKind: { kind }, scope: namespaced ? 'Namespaced' : 'Cluster', verbs: ['list', 'delete', 'deletecollection', 'watch'] })) };
}

/** A cluster with a namespace `ns` that is being deleted, and `objects` in it; pods end when the test says so. */
function start(objects: readonly object[], { refuse }: { refuse?: (resource: string) => void } = {}): World {
  const clock = createFakeClock(START_MS);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns', deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['as-long-as-spec-has-some'] }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } };
  const fake = createFakeClient([namespace, ...objects], { now: () => clock.now() });
  const deleted: string[] = [];
  const stale: string[] = [];
  const client: Client = {
    ...fake,
    request: ({ path }) => {
      const groups = path === '/api' ? [{ metadata: {}, versions: [served(pods, configmaps, coreV1Resources.events, namespaces)] }] : [{ metadata: { name: 'apps' }, versions: [served(appsV1Resources.deployments)] }, ...stale.map((name) => ({ metadata: { name }, versions: [{ version: 'v1', freshness: 'Stale' }] }))];
      return Promise.resolve({ status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: groups })) });
    },
    deleteCollection: async (resource, options) => {
      deleted.push(resource.resource);
      refuse?.(resource.resource);
      if (resource.resource !== 'pods') await fake.deleteCollection(resource, options);
    },
    update: async (resource, object, options) => {
      if (options?.subresource !== 'finalize') return fake.update(resource, object, options);
      expect((object as unknown as coreV1.Namespace).spec?.finalizers).toEqual([]); // only namespaces are finalized
      await fake.patch(namespaces, { name: 'ns' }, { type: 'merge', body: { metadata: { finalizers: null } } });
      return object;
    },
  };
  const stop = new AbortController();
  const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const ended = [informers.run(stop.signal), runNamespaceController({ client, informers, clock, logger: silentLogger, metrics: new WorkQueueMetrics(new Registry()) }, { workers: 2 }, stop.signal)];
  return {
    client: fake, clock, deleted, stale,
    conditions: () => Object.fromEntries((fake.stored(namespaces, 'ns')?.status?.conditions ?? []).filter(({ status }) => status === 'True').map(({ type, message = '' }) => [type, message])),
    stop: async () => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); },
  };
}

/** In small steps: a pass over a namespace has many awaits. */
async function pass({ clock }: World, ms: number): Promise<void> { for (let done = 0; done < ms; done += 50) await clock.advance(50); }

const map = (name: string, finalizers?: string[]): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', ...(finalizers && { finalizers }) } });
const pod = (name: string, seconds = 30): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns' }, spec: { terminationGracePeriodSeconds: seconds }, status: { phase: 'Running' } });
const gone = ({ client }: World): boolean => client.stored(namespaces, 'ns') === undefined;

test('a namespace goes with all that is in it, a moment after it was deleted', async () => {
  const world = start([map('a'), map('b')]);
  await pass(world, 900);
  expect([world.client.all(configmaps).length, gone(world)]).toEqual([0, false]);
  await pass(world, 300);
  expect(gone(world)).toBe(true);
  await world.stop();
});

test('while pods end nothing else is deleted; the end of the last one is not waited for in periods', async () => {
  const world = start([pod('p'), map('a')]);
  await pass(world, 10_000);
  expect([...new Set(world.deleted)]).toEqual(['pods']);
  expect(world.conditions()).toEqual({});
  await world.client.delete(pods, { namespace: 'ns', name: 'p' });
  await pass(world, 50);
  expect(gone(world)).toBe(true);
  await world.stop();
});

test('pods that stay longer than their grace are told of', async () => {
  const world = start([pod('p', 1)]);
  await pass(world, 5000);
  expect(world.conditions()).toEqual({ NamespaceDeletionContentFailure: 'Failed to delete all resource types, 1 remaining: failed to delete pods for namespace: ns, err: unexpected items still remain in namespace: ns for gvr: /v1, Resource=pods' });
  await world.stop();
});

test('what finalizers hold is told of until it is let go', async () => {
  const world = start([map('held', ['hold.test/x'])]);
  await pass(world, 2000);
  expect(world.conditions()).toEqual({
    NamespaceContentRemaining: 'Some resources are remaining: configmaps. has 1 resource instances',
    NamespaceFinalizersRemaining: 'Some content in the namespace has finalizers remaining: hold.test/x in 1 resource instances',
  });
  await world.client.patch(configmaps, { namespace: 'ns', name: 'held' }, { type: 'merge', body: { metadata: { finalizers: null } } });
  await pass(world, 9000); // Kubernetes looks again after eight seconds
  expect(gone(world)).toBe(true);
  await world.stop();
});

test('a group that does not answer keeps the namespace and is named; the rest is deleted', async () => {
  const world = start([map('a')]);
  world.stale.push('metrics.k8s.io');
  await pass(world, 3000);
  expect([world.client.all(configmaps).length, world.conditions()]).toEqual([0, { NamespaceDeletionDiscoveryFailure: 'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1: stale GroupVersion discovery: metrics.k8s.io/v1' }]);
  world.stale.pop();
  await pass(world, 5000);
  expect(gone(world)).toBe(true);
  await world.stop();
});

test('a refusal to delete is told of and tried again', async () => {
  let broken = true;
  const world = start([map('a')], { refuse: (resource) => { if (broken && resource === 'configmaps') throw internalError(new Error('no')); } });
  await pass(world, 1000);
  expect(world.conditions()['NamespaceDeletionContentFailure']).toMatch(/^Failed to delete all resource types, 1 remaining: Internal error occurred: no$/);
  broken = false;
  await pass(world, 5000);
  expect(gone(world)).toBe(true);
  await world.stop();
});
