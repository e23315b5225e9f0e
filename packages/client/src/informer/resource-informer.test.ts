import { expired, StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import type { Client } from '../client.ts';
import { createInformerFactory } from './informer-factory.ts';
import { ResourceInformer, type InformerDependencies } from './resource-informer.ts';

const map = (name: string, data: Record<string, string> = {}, namespace = 'ns'): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });

function setUp(client: Client, more: Partial<InformerDependencies> = {}): { informer: ResourceInformer<coreV1.ConfigMap>; stop: AbortController; ended: Promise<void>; clock: ReturnType<typeof createFakeClock>; seen: string[] } {
  const clock = createFakeClock();
  const stop = new AbortController();
  const informer = new ResourceInformer(coreV1Resources.configmaps, {}, { client, clock, rng: seededRng(1), logger: silentLogger, ...more });
  const seen: string[] = [];
  informer.onChange(({ key, object, previous }) => { seen.push(`${object === undefined ? 'gone' : previous === undefined ? 'new' : 'changed'} ${key}`); });
  return { informer, stop, ended: informer.run(stop.signal), clock, seen };
}

const ways: [string, boolean][] = [['by lists', false], ['by streams', true]];

test.each(ways)('an informer shows what is there and follows what happens, %s', async (_way, watchList) => {
  const client = createFakeClient([map('a'), map('b', {}, 'other')]);
  const { informer, stop, ended, clock, seen } = setUp(client, { watchList });
  await clock.advance(1);
  expect(informer.hasSynced).toBe(true);
  client.put(map('a', { k: 'v' }));
  client.put(map('c'));
  await client.delete(coreV1Resources.configmaps, { namespace: 'other', name: 'b' });
  await clock.advance(1);
  expect(seen).toEqual(['new ns/a', 'new other/b', 'changed ns/a', 'new ns/c', 'gone other/b']);
  expect(informer.lister.inNamespace('ns').map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
  expect(informer.lister.get('ns/a')?.data).toEqual({ k: 'v' });
  stop.abort();
  await ended;
});

test.each(ways)('a position that is gone brings a new beginning, and only what changed is told, %s', async (_way, watchList) => {
  const client = createFakeClient([map('a'), map('b'), map('c')]);
  let broken = 0; // a watch that goes on, or begins after a list, breaks once
  const flaky: Client = { ...client, async *watch(resource, options) {
    if (!watchList && broken++ === 0) throw expired('too old resource version');
    for await (const event of client.watch(resource, options)) {
      yield event;
      if (event.type === 'BOOKMARK' && broken++ === 0) throw expired('too old resource version');
    }
  } };
  const { stop, ended, clock, seen } = setUp(flaky, { watchList });
  await clock.advance(1);
  client.put(map('b', { k: 'v' }));
  await client.delete(coreV1Resources.configmaps, { namespace: 'ns', name: 'a' });
  await clock.advance(1000);
  expect(seen.slice(0, 3)).toEqual(['new ns/a', 'new ns/b', 'new ns/c']);
  expect(seen.slice(3).sort()).toEqual(['changed ns/b', 'gone ns/a']);
  stop.abort();
  await ended;
});

test('a factory gives one informer for a resource, with the indexes of all who asked', async () => {
  const client = createFakeClient([map('a', { team: 'x' }), map('b', { team: 'y' })]);
  const clock = createFakeClock();
  const factory = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const stop = new AbortController();
  const ended = factory.run(stop.signal);
  const first = factory.informer(coreV1Resources.configmaps);
  await clock.advance(1);
  const second = factory.informer(coreV1Resources.configmaps, { indexes: { team: ({ data }) => [data?.['team'] ?? ''] } });
  expect(second).toBe(first);
  expect(first.lister.byIndex('team', 'y').map(({ metadata }) => metadata.name)).toEqual(['b']);
  stop.abort();
  await ended;
});

test('a server that cannot stream what is there is listed', async () => {
  const client = createFakeClient([map('a')]);
  const old: Client = { ...client, watch: (resource, options) => { if (options.initialEvents === true) throw new StatusError({ code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden' }); return client.watch(resource, options); } };
  const { informer, stop, ended, clock, seen } = setUp(old, { watchList: true });
  await clock.advance(1000);
  client.put(map('b'));
  await clock.advance(1);
  expect([informer.hasSynced, seen]).toEqual([true, ['new ns/a', 'new ns/b']]);
  stop.abort();
  await ended;
});

test('what a transform takes away is not kept', async () => {
  const client = createFakeClient([map('a', { big: 'x'.repeat(1000) })]);
  const { informer, stop, ended, clock } = setUp(client, { transform: (object) => ({ ...object as object, data: {} }) });
  await clock.advance(1);
  expect(informer.lister.get('ns/a')).toMatchObject({ metadata: { name: 'a' }, data: {} });
  stop.abort();
  await ended;
});

test('a listener may be told again of all that is there', async () => {
  const { informer, stop, ended, clock } = setUp(createFakeClient([map('a'), map('b')]));
  await clock.advance(1);
  const told: string[] = [];
  const link = informer.onChange(({ key, object, previous }) => { told.push(`${key} ${object === previous}`); }, { resyncMs: 60_000 });
  await clock.advance(120_000);
  link[Symbol.dispose]();
  await clock.advance(120_000);
  expect(told).toEqual(['ns/a false', 'ns/b false', 'ns/a true', 'ns/b true', 'ns/a true', 'ns/b true']);
  stop.abort();
  await ended;
});
