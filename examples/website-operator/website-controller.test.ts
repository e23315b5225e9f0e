import { appsV1Resources, coreV1Resources } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { reconcile, websiteController, websites, type Website } from './website-controller.ts';

const { configmaps } = coreV1Resources;
const { deployments } = appsV1Resources;
const website = (spec: Partial<Website['spec']> = {}, more: object = {}): Website => ({ apiVersion: 'example.com/v1', kind: 'Website', metadata: { name: 'w', namespace: 'ns', uid: 'u', ...more }, spec: { html: '<p>', replicas: 2, ...spec } });

async function settle({ clock }: ControllerWorld): Promise<void> { for (let i = 0; i < 40; i++) await clock.advance(50); }

test.each([false, true])('a website is served, follows its spec, and what is taken away comes back (late watches: %s)', async (faults) => {
  const world = startControllers([websiteController], { faults, seed: 3 });
  const { client } = world;
  await client.create(websites, website());
  await settle(world);
  expect(client.stored(configmaps, 'ns/w')).toMatchObject({ data: { 'index.html': '<p>' }, metadata: { labels: { 'example.com/website': 'w' }, ownerReferences: [{ kind: 'Website', name: 'w', controller: true }] } });
  expect(client.stored(deployments, 'ns/w')?.spec?.replicas).toBe(2);

  const stored = client.stored(websites, 'ns/w') ?? website();
  await client.update(websites, { ...stored, spec: { html: '<h1>', replicas: 3 } });
  await client.delete(configmaps, { namespace: 'ns', name: 'w' });
  await settle(world);
  expect([client.stored(configmaps, 'ns/w')?.data, client.stored(deployments, 'ns/w')?.spec?.replicas]).toEqual([{ 'index.html': '<h1>' }, 3]);
  expect(world.events).toContain('Published: The page is there');

  await client.patch(deployments, { namespace: 'ns', name: 'w' }, { type: 'merge', body: { status: { readyReplicas: 3 } } });
  await settle(world);
  expect(client.stored(websites, 'ns/w')?.status).toEqual({ readyReplicas: 3 });
  await world.stop();
});

test('a website that goes is left alone', () => {
  expect(reconcile({ website: website({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), page: undefined, server: undefined }).actions).toEqual([]);
});
