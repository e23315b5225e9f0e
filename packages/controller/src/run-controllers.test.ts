import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createInformerFactory, type Client, type EventRecorder } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { Tracer, type FinishedSpan } from '@kubernode/tracing';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { controller, ownKey, TryAgain, watch, type Controller } from './controller.ts';
import { runControllers } from './run-controllers.ts';

const { configmaps, secrets, nodes } = coreV1Resources;
type ConfigMap = Readonly<coreV1.ConfigMap>;

interface World { client: FakeClient; clock: FakeClock; stop(): Promise<void> }

function start(controllers: readonly Controller[], objects: readonly object[], { silent }: { silent?: string } = {}): World {
  const clock = createFakeClock(1_000_000);
  const client = createFakeClient(objects);
  const stop = new AbortController();
  const list: Client['list'] = (resource, options) => (resource.resource === silent ? new Promise(() => undefined) : client.list(resource, options)); // never answers
  const informers = createInformerFactory({ client: { ...client, list }, clock, rng: seededRng(1), logger: silentLogger });
  const recorder: EventRecorder = { event: () => undefined, run: () => Promise.resolve() };
  const ended = [informers.run(stop.signal), runControllers(controllers, { client, informers, clock, logger: silentLogger, recorder: () => recorder }, stop.signal)];
  return { client, clock, stop: async () => { stop.abort(); await clock.advance(1); await Promise.race([Promise.allSettled(ended), new Promise((resolve) => { setImmediate(resolve); })]); } };
}

const map = (name: string, labels?: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', ...(labels && { labels }) } });
const simple = (name: string, seen: string[], more: Partial<Controller<ConfigMap>> = {}): Controller => controller<ConfigMap>({ name, component: name, watches: [watch({ resource: configmaps, keys: ownKey })], read: (key, listers) => listers.of(configmaps).get(key), reconcile: ({ metadata }) => { seen.push(metadata.name); return { actions: [] }; }, ...more });

test('a controller whose resource does not answer keeps none of the others waiting', async () => {
  const seen: string[] = [];
  const waiting = simple('waiting', [], { watches: [watch({ resource: secrets, keys: ownKey })] });
  const world = start([waiting, simple('works', seen)], [map('a')], { silent: 'secrets' });
  await world.clock.advance(100);
  expect(seen).toEqual(['a']);
  await world.stop();
});

test('a selector keeps everything else away', async () => {
  const seen: string[] = [];
  let known = -1;
  const world = start([simple('picky', seen, {
    watches: [watch({ resource: configmaps, selector: { labelSelector: 'mine' }, keys: ownKey })],
    read: (key, listers) => { known = listers.of(configmaps).list().length; return listers.of(configmaps).get(key); },
  })], [map('a', { mine: 'yes' }), map('b')]);
  await world.clock.advance(100);
  expect([seen, known]).toEqual([['a'], 1]);
  await world.stop();
});

test.each<[string, Partial<Controller<ConfigMap>>, number]>([
  ['what asks to be tried again comes back, later each time', { reconcile: () => ({ actions: [], tryAgain: true }) }, 6],
  ['so does what cannot be answered yet', { ask: () => Promise.reject(new TryAgain('not yet')) }, 6],
  ['what is done does not', {}, 1],
])('%s', async (_title, more, want) => {
  let reads = 0;
  const world = start([simple('c', [], { retry: { retryDelayMs: 10 }, ...more, read: (key, listers) => { reads++; return listers.of(configmaps).get(key); } })], [map('a')]);
  await world.clock.advance(10 + 20 + 40 + 80 + 160 + 5);
  expect(reads).toBe(want);
  await world.stop();
});

test('what is there at the start does not keep waiting what happens now', async () => {
  const seen: string[] = [];
  const objects = Array.from({ length: 20 }, (_, index) => map(`old${index}`));
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => { release = resolve; });
  const world = start([simple('busy', seen, { workers: 1, ask: async (snapshot) => { await gate; return snapshot; } })], objects);
  await world.clock.advance(50);
  world.client.put(map('new'));
  await world.clock.advance(50);
  release();
  for (let i = 0; i < 20; i++) await world.clock.advance(10);
  expect([seen.indexOf('new') <= 1, seen.length]).toEqual([true, 21]);
  await world.stop();
});

test('no controller begins before all that it watches is known', async () => {
  const seen: string[] = [];
  const world = start([simple('both', seen, { watches: [watch({ resource: configmaps, keys: ownKey }), watch({ resource: nodes, keys: ownKey })] })], [map('a')], { silent: 'nodes' });
  await world.clock.advance(1000);
  expect(seen).toEqual([]);
  await world.stop();
});

test('what a look writes belongs to its trace', async () => {
  const clock = createFakeClock(1_000_000);
  const finished: FinishedSpan[] = [];
  const tracer = new Tracer({ clock, rng: seededRng(2), sink: { add: (span) => { finished.push(span); return true; } }, samplingRatePerMillion: 1_000_000 });
  const client = createFakeClient([map('a')]);
  const parents: string[] = [];
  const traced = (traceparent: string): Client => ({ ...client, create: (...call) => { parents.push(traceparent); return client.create(...call); } });
  const stop = new AbortController();
  const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const writes = simple('writer', [], { reconcile: () => ({ actions: [{ do: 'create', resource: secrets, object: { metadata: { name: 's', namespace: 'ns' } } }] }) });
  const ended = [informers.run(stop.signal), runControllers([writes], { client: Object.assign(client, { traced }), informers, clock, logger: silentLogger, tracer, recorder: () => ({ event: () => undefined, run: () => Promise.resolve() }) }, stop.signal)];
  await clock.advance(100);
  expect(finished[0]).toMatchObject({ name: 'Sync writer', attributes: { controller: 'writer', key: 'ns/a' }, error: undefined });
  expect(parents[0]).toBe(`00-${finished[0]?.context.traceId}-${finished[0]?.context.spanId}-01`);
  stop.abort();
  await clock.advance(1);
  await Promise.allSettled(ended);
});
