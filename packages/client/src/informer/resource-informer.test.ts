import { expired } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import type { Client } from '../client.ts';
import { createInformerFactory } from './informer-factory.ts';
import { ResourceInformer } from './resource-informer.ts';

const map = (name: string, data: Record<string, string> = {}, namespace = 'ns'): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });

function setUp(client: Client): { informer: ResourceInformer<coreV1.ConfigMap>; stop: AbortController; ended: Promise<void>; clock: ReturnType<typeof createFakeClock>; seen: string[] } {
  const clock = createFakeClock();
  const stop = new AbortController();
  const informer = new ResourceInformer(coreV1Resources.configmaps, {}, { client, clock, rng: seededRng(1), logger: silentLogger });
  const seen: string[] = [];
  informer.onChange(({ key, object, previous }) => { seen.push(`${object === undefined ? 'gone' : previous === undefined ? 'new' : 'changed'} ${key}`); });
  return { informer, stop, ended: informer.run(stop.signal), clock, seen };
}

test('an informer shows what is there and follows what happens', async () => {
  const client = createFakeClient([map('a'), map('b', {}, 'other')]);
  const { informer, stop, ended, clock, seen } = setUp(client);
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

test('a position that is gone brings a new list, and only what changed is told', async () => {
  const client = createFakeClient([map('a'), map('b')]);
  let cut = 1;
  const flaky: Client = { ...client, watch: (resource, options) => { if (cut-- > 0) throw expired('too old resource version'); return client.watch(resource, options); } };
  const { stop, ended, clock, seen } = setUp(flaky);
  await clock.advance(1);
  client.put(map('b', { k: 'v' }));
  await client.delete(coreV1Resources.configmaps, { namespace: 'ns', name: 'a' });
  await clock.advance(1000);
  expect(seen).toEqual(['new ns/a', 'new ns/b', 'gone ns/a', 'changed ns/b']);
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
