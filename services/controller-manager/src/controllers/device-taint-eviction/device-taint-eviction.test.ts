import { coreV1Resources, resourceV1Resources, type resourceV1 } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { deviceTaintEvictionController } from './device-taint-eviction-controller.ts';

const { pods } = coreV1Resources;
const { resourceslices } = resourceV1Resources;
const START = '1970-01-01T00:16:40Z'; // the world's beginning

async function settle({ clock }: ControllerWorld, ms = 1000): Promise<void> { for (let done = 0; done < ms; done += 50) await clock.advance(50); }

const taint = (more: Partial<resourceV1.DeviceTaint> = {}): resourceV1.DeviceTaint => ({ key: 'broken', effect: 'NoExecute', timeAdded: START, ...more });

function slice(taints: resourceV1.DeviceTaint[], generation = 1, name = 's'): object {
  return { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceSlice', metadata: { name }, spec: { driver: 'd', pool: { name: 'pool', generation, resourceSliceCount: 1 }, devices: [{ name: 'dev', taints }] } };
}

function claim(tolerations: resourceV1.DeviceToleration[] = [], reservedFor = 'uid-p'): object {
  const results = [{ request: 'r', driver: 'd', pool: 'pool', device: 'dev', tolerations }];
  return { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name: 'c', namespace: 'ns' }, spec: {}, status: { allocation: { devices: { results } }, reservedFor: [{ resource: 'pods', name: 'p', uid: reservedFor }] } };
}

function pod(more: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'uid-p' }, spec: { nodeName: 'n', resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }], ...more }, status: { phase: 'Running' } };
}

const stays = ({ client }: ControllerWorld): boolean => client.stored(pods, 'ns/p') !== undefined;
const forSeconds = (tolerationSeconds?: number, more: object = {}): resourceV1.DeviceToleration => ({ operator: 'Exists', effect: 'NoExecute', ...(tolerationSeconds !== undefined && { tolerationSeconds }), ...more });

test.each<[string, object[], boolean]>([
  ['uses a tainted device, goes', [slice([taint()]), claim(), pod()], false],
  ['uses a device with another taint, stays', [slice([taint({ effect: 'NoSchedule' })]), claim(), pod()], true],
  ['tolerates it for good, stays', [slice([taint()]), claim([forSeconds()]), pod()], true],
  ['tolerates it for no time, goes', [slice([taint()]), claim([forSeconds(-1)]), pod()], false],
  ['tolerates another key, goes', [slice([taint()]), claim([forSeconds(undefined, { key: 'other' })]), pod()], false],
  ['tolerates its value, stays', [slice([taint({ value: 'v' })]), claim([{ key: 'broken', value: 'v', effect: 'NoExecute' }]), pod()], true],
  ['tolerates without naming the effect, goes', [slice([taint()]), claim([{ operator: 'Exists' }]), pod()], false],
  ['has no node yet, stays', [slice([taint()]), claim(), pod({ nodeName: '' })], true],
  ['has not reserved the claim, stays', [slice([taint()]), claim([], 'uid-q'), pod()], true],
  ['has a taint in an older generation only, stays', [slice([taint()]), slice([], 2, 't'), claim(), pod()], true],
])('a pod that %s', async (_title, objects, want) => {
  const world = startControllers([deviceTaintEvictionController()]);
  for (const object of objects) world.client.put(object);
  await settle(world);
  expect(stays(world)).toBe(want);
  await world.stop();
});

test('an eviction is told of, on the pod and by an event', async () => {
  const world = startControllers([deviceTaintEvictionController()]);
  for (const object of [slice([taint()]), claim(), pod()]) world.client.put(object);
  await settle(world);
  expect(world.client.writes.map(({ verb, body }) => [verb, (body as { status?: { conditions: object[] } } | undefined)?.status?.conditions])).toEqual([
    ['patch', [expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByDeviceTaintManager', message: 'Device Taint manager: deleting due to NoExecute taint' })]], ['delete', undefined],
  ]);
  expect(world.events).toEqual(['DeviceTaintManagerEviction: Marking for deletion']);
  await world.stop();
});

test('a pod that tolerates for a while goes when it is over', async () => {
  const world = startControllers([deviceTaintEvictionController()]);
  for (const object of [slice([taint()]), claim([forSeconds(60), forSeconds(10)]), pod()]) world.client.put(object);
  await settle(world, 9000);
  expect(stays(world)).toBe(true);
  await settle(world, 2000);
  expect(stays(world)).toBe(false);
  await world.stop();
});

test('a taint that goes in time spares the pod, and that is told', async () => {
  const world = startControllers([deviceTaintEvictionController()]);
  for (const object of [slice([taint()]), claim([forSeconds(10)]), pod()]) world.client.put(object);
  await settle(world, 3000);
  await world.client.patch(resourceslices, { name: 's' }, { type: 'merge', body: { spec: { devices: [{ name: 'dev' }] } } });
  await settle(world, 10_000);
  expect([stays(world), world.events]).toEqual([true, ['DeviceTaintManagerEviction: Cancelling deletion']]);
  await world.stop();
});
