import fc from 'fast-check';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { GRACEFUL, isReady, playKubelet } from '../kubelet.fixture.ts';
import { statefulSetController } from './statefulset-controller.ts';

function statefulSet(spec: Partial<appsV1.StatefulSetSpec>): appsV1.StatefulSet {
  return {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace: 'ns' },
    spec: {
      replicas: 3, selector: { matchLabels: { app: 's' } }, template: template(1), podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10, serviceName: 's',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }], ...spec,
    },
    status: { replicas: 0, availableReplicas: 0 },
  };
}

function template(image: number): coreV1.PodTemplateSpec {
  return { metadata: { labels: { app: 's' }, finalizers: [GRACEFUL] }, spec: { containers: [{ name: 'main', image: `app:${image}` }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
}

const pods = ({ client }: ControllerWorld): readonly coreV1.Pod[] => client.all(coreV1Resources.pods);
const present = ({ client }: ControllerWorld): appsV1.StatefulSet => client.stored(appsV1Resources.statefulsets, 'ns/s') as appsV1.StatefulSet; // it is never deleted

function change(world: ControllerWorld, spec: Partial<appsV1.StatefulSetSpec>): void {
  const before = present(world);
  world.client.put({ ...before, spec: { ...before.spec, ...spec }, metadata: { ...before.metadata, generation: (before.metadata.generation ?? 1) + 1 } });
}

async function settle(world: ControllerWorld): Promise<void> {
  for (let i = 0; i < 60; i++) await playKubelet(world, () => true);
  await world.clock.advance(2000);
}

test('in order, a pod is made only when those below it are ready', async () => {
  const world = startControllers([statefulSetController]);
  world.client.put(statefulSet({}));
  const notReady = new Set<string>();
  world.client.onWrite = ({ verb, resource, key }) => { if (verb === 'create' && resource === 'pods') notReady.add(`${key}: ${pods(world).filter((pod) => !isReady(pod)).length}`); };
  await settle(world);
  expect([...notReady]).toEqual(['ns/s-0: 0', 'ns/s-1: 0', 'ns/s-2: 0']);
  await world.stop();
});

test.each<[string, string, boolean]>([
  ['in parallel, a pod that a broken template left unready goes when the template is taken back', 'Parallel', true],
  ['in order, as in Kubernetes, it stays until somebody deletes it', 'OrderedReady', false],
])('%s', async (_name, podManagementPolicy, replaced) => {
  const world = startControllers([statefulSetController]);
  const images = (): string[] => pods(world).map((pod) => `${pod.spec?.containers[0]?.image ?? ''}${isReady(pod) ? '' : ' unready'}`);
  const isGoing = ({ metadata }: coreV1.Pod): boolean => metadata.deletionTimestamp !== undefined;
  const play = async (): Promise<void> => { for (let i = 0; i < 20; i++) await playKubelet(world, () => pods(world).some(isGoing)); }; // nothing becomes ready
  world.client.put(statefulSet({ podManagementPolicy }));
  await settle(world);
  change(world, { template: template(2) });
  await play();
  expect(images()).toEqual(['app:1', 'app:1', 'app:2 unready']);
  change(world, { template: template(1) });
  await play();
  expect(images()).toEqual(['app:1', 'app:1', replaced ? 'app:1 unready' : 'app:2 unready']);
  if (!replaced) await world.client.delete(coreV1Resources.pods, { name: 's-2', namespace: 'ns' });
  await settle(world);
  expect(images()).toEqual(['app:1', 'app:1', 'app:1']);
  expect(world.client.all(appsV1Resources.controllerrevisions).map(({ revision }) => revision).sort()).toEqual([2, 3]); // the first became the third
  await world.stop();
});

test('claims go with the pods of a set that is shrunk, where the policy says so', async () => {
  const world = startControllers([statefulSetController]);
  world.client.put(statefulSet({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } }));
  await settle(world);
  change(world, { replicas: 1 });
  await settle(world);
  const owners = world.client.all(coreV1Resources.persistentvolumeclaims).map(({ metadata }) => [metadata.name, metadata.ownerReferences?.map(({ kind, name, controller }) => `${kind}/${name}/${controller ?? false}`)]);
  expect(owners).toEqual([['data-s-0', ['StatefulSet/s/true']], ['data-s-1', ['Pod/s-1/true']], ['data-s-2', ['Pod/s-2/true']]]);
  expect(pods(world).map(({ metadata }) => metadata.name)).toEqual(['s-0']);
  change(world, { replicas: 3 }); // the garbage collector, which is not at work here, has yet to delete the claims
  await settle(world);
  expect(pods(world).map(({ metadata }) => metadata.name)).toEqual(['s-0']);
  for (const name of ['data-s-1', 'data-s-2']) await world.client.delete(coreV1Resources.persistentvolumeclaims, { name, namespace: 'ns' });
  await settle(world);
  expect(pods(world).map(({ metadata }) => metadata.name)).toEqual(['s-0', 's-1', 's-2']);
  await world.stop();
});

test('whatever is asked of a StatefulSet, with whatever delays, it converges', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('scale' as const), to: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ do: fc.constant('image' as const), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('kill' as const), to: fc.nat(4) }),
    fc.record({ do: fc.constant('fail' as const), to: fc.nat(4) }),
    fc.record({ do: fc.constant('play' as const), to: fc.nat(4) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.constantFrom('OrderedReady', 'Parallel'), fc.nat(1000), async (steps, podManagementPolicy, seed) => {
    const world = startControllers([statefulSetController], { seed, faults: true });
    const rng = seededRng(seed);
    const wish = { replicas: 3, image: 1 };
    world.client.put(statefulSet({ podManagementPolicy }));
    await world.clock.advance(50);
    for (const { do: what, to } of steps) {
      if (what === 'scale') change(world, { replicas: wish.replicas = to });
      if (what === 'image') change(world, { template: template(wish.image = to) });
      const pod = pods(world)[to];
      if (what === 'kill' && pod !== undefined) await world.client.delete(coreV1Resources.pods, pod.metadata);
      if (what === 'fail' && pod !== undefined) world.client.put({ ...pod, status: { phase: 'Failed' } });
      if (what === 'play') for (let i = 0; i < to; i++) await playKubelet(world, () => rng.next() < 0.5);
    }
    for (let i = 0; i < 3; i++) await settle(world);
    const { status } = present(world);
    expect(pods(world).map(({ metadata, spec }) => `${metadata.name} ${spec?.containers[0]?.image ?? ''}`).sort()).toEqual(Array.from({ length: wish.replicas }, (_, i) => `s-${i} app:${wish.image}`));
    expect([status?.replicas, status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0, status?.currentReplicas ?? 0, status?.availableReplicas]).toEqual(Array.from({ length: 5 }, () => wish.replicas));
    expect(status?.currentRevision).toBe(status?.updateRevision);
    await world.stop();
  }), { numRuns: 10, seed: 11 });
});
