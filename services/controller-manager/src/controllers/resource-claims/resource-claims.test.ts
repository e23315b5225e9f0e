import { forbidden, type ObjectMeta } from '@kubernode/apimachinery';
import { coreV1Resources, resourceV1Resources, type coreV1, type resourceV1 } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { claimReservationsController } from './claim-reservations-controller.ts';
import { claimsOfPodsController, generateName } from './claims-of-pods-controller.ts';

const { pods } = coreV1Resources;
const { resourceclaims } = resourceV1Resources;

async function settle({ clock }: ControllerWorld): Promise<void> { for (let i = 0; i < 60; i++) await clock.advance(50); }

const start = (faults = false): ControllerWorld => startControllers([claimsOfPodsController, claimReservationsController], { faults, seed: 5 });

function pod(claims: coreV1.PodResourceClaim[], { nodeName, status, ...metadata }: Partial<ObjectMeta> & { nodeName?: string; status?: object } = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'uid-p', ...metadata }, spec: { resourceClaims: claims, ...(nodeName && { nodeName }) }, status: { phase: 'Pending', ...status } };
}

const template = (name = 't'): object => ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaimTemplate', metadata: { name, namespace: 'ns' }, spec: { metadata: { labels: { l: 'v' }, annotations: { a: 'b' } }, spec: { devices: { requests: [{ name: 'r' }] } } } });
const fromTemplate = (name = 'gpu'): coreV1.PodResourceClaim => ({ name, resourceClaimTemplateName: 't' });
const byName = (name = 'gpu'): coreV1.PodResourceClaim => ({ name, resourceClaimName: 'c' });
const reservation = (uid = 'uid-p', name = 'p'): resourceV1.ResourceClaimConsumerReference => ({ resource: 'pods', name, uid });

function claim({ status, ...metadata }: Partial<ObjectMeta> & { status?: object } = {}): object {
  return { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name: 'c', namespace: 'ns', ...metadata }, spec: {}, ...(status && { status }) };
}

const made = ({ client }: ControllerWorld): readonly resourceV1.ResourceClaim[] => client.all(resourceclaims);
const statuses = ({ client }: ControllerWorld): unknown => client.stored(pods, 'ns/p')?.status?.resourceClaimStatuses;

test.each([false, true])('claims are made from templates, once each, and the pod is told their names (late watches: %s)', async (faults) => {
  const world = start(faults);
  world.client.put(template());
  world.client.put(pod([fromTemplate('gpu'), fromTemplate('nic'), byName('own')]));
  await settle(world);
  expect(made(world).map(({ metadata: { labels, annotations, ownerReferences } }) => ({ labels, annotations, ownerReferences }))).toEqual(['gpu', 'nic'].map((name) => (
    { labels: { l: 'v' }, annotations: { a: 'b', 'resource.kubernetes.io/pod-claim-name': name }, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }] })));
  expect(statuses(world)).toEqual(made(world).map(({ metadata }, index) => ({ name: ['gpu', 'nic'][index], resourceClaimName: metadata.name })));
  await world.stop();
});

test('a claim that is deleted is made again, and the other one stays known', async () => {
  const world = start();
  world.client.put(template());
  world.client.put(pod([fromTemplate('gpu'), fromTemplate('nic')]));
  await settle(world);
  const [gpu] = made(world);
  await world.client.delete(resourceclaims, { namespace: 'ns', name: gpu?.metadata.name ?? '' });
  await settle(world);
  expect(made(world).map(({ metadata }) => metadata.annotations?.['resource.kubernetes.io/pod-claim-name']).sort()).toEqual(['gpu', 'nic']);
  expect(statuses(world)).toEqual(['gpu', 'nic'].map((name) => ({ name, resourceClaimName: made(world).find(({ metadata }) => metadata.annotations?.['resource.kubernetes.io/pod-claim-name'] === name)?.metadata.name })));
  await world.stop();
});

test('a template that lacks is told of, and used when it comes', async () => {
  const world = start();
  world.client.put(pod([fromTemplate()]));
  await settle(world);
  expect(world.events).toContain('FailedResourceClaimCreation: PodResourceClaim gpu: resource claim template "t": resourceclaimtemplate.resource.k8s.io "t" not found');
  world.client.put(template());
  await settle(world);
  expect(made(world).length).toBe(1);
  await world.stop();
});

test('a refused claim is told of', async () => {
  const world = start();
  world.client.onWrite = ({ verb }) => { if (verb === 'create') throw forbidden(resourceclaims, '', 'no room'); };
  world.client.put(template());
  world.client.put(pod([fromTemplate()]));
  await settle(world);
  expect(world.events[0]).toMatch(/^FailedResourceClaimCreation: PodResourceClaim gpu: create ResourceClaim : .*no room$/);
  await world.stop();
});

test.each<[string, object, object, object | undefined]>([
  ['of a pod that was placed by hand is reserved', pod([byName()], { nodeName: 'n' }), claim({ status: { allocation: {} } }), { allocation: {}, reservedFor: [reservation()] }],
  ['of a pod that waits for the scheduler is left alone', pod([byName()]), claim({ status: { allocation: {} } }), { allocation: {} }],
  ['without an allocation is left alone', pod([byName()], { nodeName: 'n' }), claim(), undefined],
  ['of a pod that has ended is freed', pod([byName()], { nodeName: 'n', status: { phase: 'Succeeded' } }), claim({ status: { allocation: {}, reservedFor: [reservation()] } }), { allocation: {} }],
  ['of a pod that is gone is freed', pod([byName()], { name: 'other', uid: 'uid-other' }), claim({ status: { allocation: {}, reservedFor: [reservation()] } }), { allocation: {} }],
  ['of an earlier pod of that name is freed', pod([byName()]), claim({ status: { allocation: {}, reservedFor: [reservation('uid-before')] } }), { allocation: {} }],
  ['of several keeps those that need it', pod([byName()]), claim({ status: { allocation: {}, reservedFor: [reservation(), reservation('uid-q', 'q')] } }), { allocation: {}, reservedFor: [reservation()] }],
  ['of something else is left alone', pod([byName()]), claim({ status: { reservedFor: [{ apiGroup: 'x', resource: 'things', name: 't', uid: 'u' }] } }), { reservedFor: [{ apiGroup: 'x', resource: 'things', name: 't', uid: 'u' }] }],
])('a claim %s', async (_title, onePod, oneClaim, want) => {
  const world = start();
  for (const object of [oneClaim, onePod]) world.client.put(object);
  await settle(world);
  expect(made(world)[0]?.status).toEqual(want);
  await world.stop();
});

test('with the last reservation a built-in allocation goes, and what protected it', async () => {
  const world = start();
  world.client.put(claim({ finalizers: ['resource.kubernetes.io/delete-protection', 'x'], status: { allocation: {}, reservedFor: [reservation()] } }));
  await settle(world);
  expect([made(world)[0]?.metadata.finalizers, made(world)[0]?.status]).toEqual([['x'], {}]);
  await world.stop();
});

test.each([['allocated', { allocation: {} }], ['not allocated', {}]])('a deleted claim that nobody uses, %s, is let go', async (_title, status) => {
  const world = start();
  world.client.put(claim({ finalizers: ['resource.kubernetes.io/delete-protection'], deletionTimestamp: '2026-01-01T00:00:00Z', status }));
  await settle(world);
  expect(made(world)).toEqual([]);
  await world.stop();
});

test('a claim that was made for a pod goes when the pod has ended', async () => {
  const world = start();
  world.client.put(template());
  world.client.put(pod([fromTemplate()]));
  await settle(world);
  await world.client.patch(pods, { namespace: 'ns', name: 'p' }, { type: 'merge', body: { status: { phase: 'Failed' } } });
  await settle(world);
  expect(made(world)).toEqual([]);
  await world.stop();
});

test.each([['p', 'c', 'p-c-'], ['p'.repeat(60), 'c'.repeat(20), `${'p'.repeat(41)}-${'c'.repeat(13)}`]])('generateName of %s and %s', (podName, name, want) => { expect(generateName(podName, name)).toBe(want); });
