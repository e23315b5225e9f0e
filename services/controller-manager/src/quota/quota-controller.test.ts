import type { KubeObject } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createInformerFactory, TransportError, WorkQueueMetrics, type Client } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import type { Runtime } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { SETTLED_MS } from './quota-accounts.ts';
import { QuotaController } from './quota-controller.ts';

const { pods, secrets, resourcequotas, events, namespaces } = coreV1Resources;
const WIDGETS: ResourceRef<KubeObject> = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
const RESYNC_MS = 300_000;

interface World {
  client: FakeClient;
  clock: FakeClock;
  served: Map<string, ResourceRef[]>;
  /** Resources that cannot be listed. */
  broken: Set<string>;
  /** Resources whose watches bring nothing. */
  blind: Set<string>;
  /** Resources of which the answers to updates are lost. */
  lost: Set<string>;
  used(): Record<string, string> | undefined;
  /** The quota as the API server leaves it behind. */
  charged(used: Record<string, string>): object;
  charge(used: Record<string, string>): Promise<void>;
  statusWrites(): number;
  stop(): Promise<void>;
}

const version = (resources: readonly ResourceRef[]): object => ({ version: 'v1', resources: resources.map(({ resource, kind, namespaced }) => ({ resource, responseKind: { kind }, scope: namespaced ? 'Namespaced' : 'Cluster', verbs: ['create', 'list', 'delete', 'watch'] })) });
const quota = (hard: Record<string, string>, spec: coreV1.ResourceQuotaSpec = {}): object => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'ns' }, spec: { hard, ...spec } });
const pod = (name: string, spec: object = {}, namespace = 'ns'): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }], ...spec } });
const secret = (name: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ns' } });

function start(...objects: object[]): World {
  const clock = createFakeClock(1_000_000);
  const fake = createFakeClient(objects, { now: () => clock.now() });
  const served = new Map<string, ResourceRef[]>([['apps', [appsV1Resources.deployments]]]);
  const [broken, blind, lost] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const client: Client = {
    ...fake,
    watch: (resource, options) => passing(fake.watch(resource, options), () => !blind.has(resource.resource), clock),
    async update(resource, object, options) {
      const done = await fake.update(resource, object, options);
      if (lost.has(resource.resource)) throw new TransportError('no answer', { maybeSent: true });
      return done;
    },
    list: async (resource, options) => (broken.has(resource.resource) ? Promise.reject(new Error('no answer')) : fake.list(resource, options)),
    request: ({ path }) => {
      const items = path === '/api' ? [{ metadata: {}, versions: [version([pods, secrets, events, namespaces, resourcequotas])] }] : [...served].map(([name, resources]) => ({ metadata: { name }, versions: [version(resources)] }));
      return Promise.resolve({ status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify({ kind: 'APIGroupDiscoveryList', items })) });
    },
  };
  const charged = (used: Record<string, string>): object => {
    const now = fake.stored(resourcequotas, 'ns/q');
    return { ...now, status: { ...now?.status, used } };
  };
  const stop = new AbortController();
  const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const runtime = { client, clock, informers, logger: silentLogger, metrics: new WorkQueueMetrics(new Registry()) } as unknown as Runtime; // what the controller uses of it
  const ended = [informers.run(stop.signal), new QuotaController(runtime, { isReadInFull: ({ resource }) => resource === 'pods' || resource === 'resourcequotas', workers: 2, resyncMs: RESYNC_MS }).run(stop.signal)];
  return {
    client: fake, clock, served, broken, blind, lost,
    used: () => fake.stored(resourcequotas, 'ns/q')?.status?.used,
    charged,
    async charge(used) { await clock.advance(1); fake.put(charged(used)); await clock.advance(1); },
    statusWrites: () => fake.writes.filter(({ resource, subresource }) => resource === 'resourcequotas' && subresource === 'status').length,
    stop: async () => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); },
  };
}

/** What a watch brings, held back while it may not pass. */
async function* passing<T>(events: AsyncIterable<T>, mayPass: () => boolean, clock: FakeClock): AsyncGenerator<T, void> {
  for await (const event of events) {
    while (!mayPass()) await clock.sleep(10);
    yield event;
  }
}

describe('QuotaController', () => {
  test('counts what a new quota limits, and writes once', async () => {
    const world = start(pod('a'), pod('b'), pod('c', {}, 'other'), secret('s'), quota({ pods: '5', 'requests.cpu': '4', 'count/secrets': '3', 'count/deployments.apps': '1', 'count/nothing.example.com': '1' }));
    await world.clock.advance(100);
    expect([world.used(), world.statusWrites()]).toEqual([{ pods: '2', 'requests.cpu': '2', 'count/secrets': '1', 'count/deployments.apps': '0' }, 1]);
    await world.stop();
  });

  test('gives back what is deleted or ends, and leaves creations to the API server', async () => {
    const world = start(pod('a'), pod('b'), secret('s'), quota({ pods: '5', secrets: '3' }));
    await world.clock.advance(2 * SETTLED_MS);
    await world.client.delete(secrets, { name: 's', namespace: 'ns' });
    await world.client.patch(pods, { name: 'a', namespace: 'ns', subresource: 'status' }, { type: 'merge', body: { status: { phase: 'Succeeded' } } });
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '1', secrets: '0' });
    world.client.put(secret('t'));
    await world.clock.advance(1000);
    expect(world.used()).toEqual({ pods: '1', secrets: '0' });
    await world.stop();
  });

  test('keeps what was charged and does not show, and gives it back when nothing can be under way', async () => {
    const world = start(pod('a'), pod('b'), quota({ pods: '5' }));
    await world.clock.advance(100);
    await world.charge({ pods: '4' });
    await world.client.delete(pods, { name: 'a', namespace: 'ns' });
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '3' });
    await world.clock.advance(60_000);
    world.client.put(pod('late'));
    await world.clock.advance(SETTLED_MS - 62_000);
    expect(world.used()).toEqual({ pods: '3' });
    await world.clock.advance(SETTLED_MS);
    expect(world.used()).toEqual({ pods: '2' });
    await world.stop();
  });

  test('believes a list of the objects, not what informers have not seen yet', async () => {
    const world = start(pod('a'), quota({ pods: '5' }));
    await world.clock.advance(100);
    world.blind.add('pods');
    await world.charge({ pods: '3' });
    world.client.put(pod('b'));
    await world.clock.advance(3 * SETTLED_MS);
    expect(world.used()).toEqual({ pods: '2' });
    await world.client.delete(pods, { name: 'b', namespace: 'ns' });
    await world.client.delete(pods, { name: 'a', namespace: 'ns' });
    world.blind.clear();
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '0' });
    await world.stop();
  });

  test('gives back what is deleted while others charge', async () => {
    const world = start(pod('a'), pod('b'), quota({ pods: '5' }));
    await world.clock.advance(100);
    let charges = 3;
    world.client.onWrite = ({ subresource }) => { if (subresource === 'status' && charges-- > 0) world.client.put(world.charged({ pods: String(5 - charges) })); };
    await world.client.delete(pods, { name: 'a', namespace: 'ns' });
    await world.clock.advance(100);
    expect([world.used(), world.statusWrites()]).toEqual([{ pods: '4' }, 5]); // two, and three more, without one
    await world.stop();
  });

  test('does not give back twice what it may have given back', async () => {
    const world = start(pod('a'), pod('b'), pod('c'), quota({ pods: '5' }));
    await world.clock.advance(100);
    world.lost.add('resourcequotas');
    await world.client.delete(pods, { name: 'a', namespace: 'ns' });
    await world.clock.advance(50);
    await world.charge({ pods: '3' }); // one in, which does not show yet
    world.lost.clear();
    await world.clock.advance(1000);
    expect(world.used()).toEqual({ pods: '3' });
    await world.stop();
  });

  test('counts late what was let in before the quota was counted', async () => {
    const world = start(quota({ pods: '5' }));
    await world.clock.advance(100);
    world.client.put(pod('a'));
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '1' });
    await world.stop();
  });

  test('does not count pods that cannot go, and gives them back once', async () => {
    const world = start(pod('a'), pod('b'), quota({ pods: '5' }));
    await world.clock.advance(100);
    world.client.put({ ...pod('a'), metadata: { ...world.client.stored(pods, 'ns/a')?.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } });
    await world.clock.advance(RESYNC_MS);
    expect(world.used()).toEqual({ pods: '1' });
    await world.client.delete(pods, { name: 'a', namespace: 'ns' });
    await world.charge({ pods: '2' });
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '2' });
    await world.stop();
  });

  test('counts everything anew now and then', async () => {
    const world = start(quota({ secrets: '3' }));
    await world.clock.advance(100);
    world.client.put(secret('t'));
    await world.clock.advance(RESYNC_MS);
    expect(world.used()).toEqual({ secrets: '1' });
    await world.stop();
  });

  test('counts custom resources as soon as they are served', async () => {
    const world = start(quota({ 'count/widgets.example.com': '3' }));
    await world.clock.advance(100);
    expect(world.used()).toEqual({});
    for (const name of ['a', 'b']) await world.client.create(WIDGETS, { metadata: { name, namespace: 'ns' } });
    world.served.set('example.com', [WIDGETS]);
    world.client.put({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' } });
    await world.clock.advance(1100);
    expect(world.used()).toEqual({ 'count/widgets.example.com': '2' });
    await world.client.delete(WIDGETS, { name: 'a', namespace: 'ns' });
    await world.clock.advance(100);
    expect(world.used()).toEqual({ 'count/widgets.example.com': '1' });
    await world.stop();
  });

  test('asks again for what is served without a definition to tell of it', async () => {
    const world = start(quota({ 'count/widgets.example.com': '3' }));
    await world.clock.advance(100);
    world.served.set('example.com', [WIDGETS]);
    await world.clock.advance(31_000);
    expect(world.used()).toEqual({ 'count/widgets.example.com': '0' });
    await world.stop();
  });

  test('counts again when limits change, by scopes, and not when the status is charged', async () => {
    const world = start(pod('a'), pod('b', { activeDeadlineSeconds: 9 }), quota({ pods: '5' }, { scopes: ['Terminating'] }));
    await world.clock.advance(100);
    expect(world.used()).toEqual({ pods: '1' });
    await world.client.patch(resourcequotas, { name: 'q', namespace: 'ns' }, { type: 'merge', body: { status: { used: { pods: '2' } } } });
    await world.clock.advance(1000);
    expect(world.used()).toEqual({ pods: '2' });
    await world.client.patch(resourcequotas, { name: 'q', namespace: 'ns' }, { type: 'merge', body: { spec: { hard: { 'requests.cpu': '3' } } } });
    await world.clock.advance(1000);
    expect(world.used()).toEqual({ pods: '2', 'requests.cpu': '1' });
    await world.clock.advance(2 * SETTLED_MS);
    expect(world.used()).toEqual({ pods: '1', 'requests.cpu': '1' });
    await world.stop();
  });

  test('counts what it can while some resource cannot be read, and the rest when it can', async () => {
    const world = start(pod('a'), secret('s'), quota({ pods: '5', secrets: '3' }));
    world.broken.add('secrets');
    await world.clock.advance(1000);
    expect(world.used()).toEqual({ pods: '1' });
    world.broken.clear();
    await world.clock.advance(60_000);
    expect(world.used()).toEqual({ pods: '1', secrets: '1' });
    await world.stop();
  });

  test('tries again when its write is refused', async () => {
    const world = start(pod('a'), quota({ pods: '5' }));
    let refusals = 2;
    world.client.onWrite = () => { if (refusals-- > 0) throw new Error('refused'); };
    await world.clock.advance(100);
    expect([world.used(), world.statusWrites()]).toEqual([{ pods: '1' }, 3]);
    await world.stop();
  });
});
