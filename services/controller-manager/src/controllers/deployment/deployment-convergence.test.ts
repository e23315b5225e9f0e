import fc from 'fast-check';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { isReady, playKubelet } from '../kubelet.fixture.ts';
import { replicaSetController } from '../replicaset/replicaset-controller.ts';
import { deploymentController } from './deployment-controller.ts';

function deployment(spec: Partial<appsV1.DeploymentSpec>): appsV1.Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'ns' },
    spec: {
      replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('app:1'), progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, ...spec,
    },
  };
}

function template(image: string): coreV1.PodTemplateSpec {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
}

function start(seed: number, faults = false): ControllerWorld { return startControllers([deploymentController, replicaSetController], { seed, faults }); }

const sets = ({ client }: ControllerWorld): readonly appsV1.ReplicaSet[] => client.all(appsV1Resources.replicasets);
const pods = ({ client }: ControllerWorld): readonly coreV1.Pod[] => client.all(coreV1Resources.pods);
const status = ({ client }: ControllerWorld): appsV1.DeploymentStatus | undefined => client.stored(appsV1Resources.deployments, 'ns/web')?.status;

test('a new Deployment becomes available with Kubernetes\' conditions and events', async () => {
  const world = start(1);
  world.client.put(deployment({}));
  for (let i = 0; i < 10; i++) await playKubelet(world, () => true);
  expect(status(world)).toMatchObject({
    observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3,
    conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
  });
  const [set] = sets(world);
  expect(world.events.filter((one) => one.startsWith('Scaling'))).toEqual([`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name ?? ''} from 0 to 3`]);
  expect(world.client.stored(appsV1Resources.deployments, 'ns/web')?.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  await world.stop();
});

test('a deadline without progress shows', async () => {
  const world = start(1);
  world.client.put(deployment({ progressDeadlineSeconds: 5 }));
  for (let i = 0; i < 10; i++) await playKubelet(world, () => false);
  await world.clock.advance(8000);
  expect(status(world)?.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  await world.stop();
});

test('Recreate starts no new pod while an old one is there', async () => {
  const world = start(1);
  world.client.put(deployment({ strategy: { type: 'Recreate' } }));
  for (let i = 0; i < 10; i++) await playKubelet(world, () => true);
  const before = world.client.stored(appsV1Resources.deployments, 'ns/web');
  world.client.put({ ...before, spec: { ...before?.spec, template: template('app:2') }, metadata: { ...before?.metadata, generation: 2 } });
  for (let i = 0; i < 20; i++) {
    await playKubelet(world, () => true);
    expect(new Set(pods(world).map(({ spec }) => spec?.containers[0]?.image)).size).toBeLessThanOrEqual(1);
  }
  expect(pods(world).map(({ spec }) => spec?.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2']);
  await world.stop();
});

test.each<[string, appsV1.RollingUpdateDeployment, { fewestReady: number; most: number }]>([
  ['some of either', { maxSurge: '25%', maxUnavailable: '25%' }, { fewestReady: 6, most: 10 }],
  ['no surge', { maxSurge: 0, maxUnavailable: 2 }, { fewestReady: 6, most: 8 }],
  ['nothing unavailable', { maxSurge: 1, maxUnavailable: 0 }, { fewestReady: 8, most: 9 }],
])('a rollout with %s stays within its bounds, however late what happens is heard of', async (_name, rollingUpdate, want) => {
  const world = start(4, true);
  world.client.put(deployment({ replicas: 8, strategy: { type: 'RollingUpdate', rollingUpdate } }));
  for (let i = 0; i < 20; i++) await playKubelet(world, () => true);
  const before = world.client.stored(appsV1Resources.deployments, 'ns/web');
  world.client.put({ ...before, spec: { ...before?.spec, template: template('app:2') }, metadata: { ...before?.metadata, generation: 2 } });
  const rng = seededRng(4);
  const seen = { fewestReady: 8, most: 0 };
  for (let i = 0; i < 120; i++) {
    await playKubelet(world, () => rng.next() < 0.4);
    seen.fewestReady = Math.min(seen.fewestReady, pods(world).filter(isReady).length);
    seen.most = Math.max(seen.most, pods(world).length);
  }
  expect(pods(world).map(({ spec }) => spec?.containers[0]?.image)).toEqual(Array.from({ length: 8 }, () => 'app:2'));
  expect(seen).toEqual(want);
  await world.stop();
});

test('whatever is asked of a Deployment, in whatever order and with whatever delays, it converges', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('scale' as const), to: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ do: fc.constant('image' as const), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('kill' as const), to: fc.nat(5) }),
    fc.record({ do: fc.constant('play' as const), to: fc.nat(3) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }), fc.nat(1000), async (steps, surge, unavailable, seed) => {
    const world = start(seed, true);
    const rng = seededRng(seed);
    const wish = { replicas: 3, image: 1 };
    world.client.put(deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable } } }));
    await world.clock.advance(50);
    for (const { do: what, to } of steps) {
      const known = world.client.stored(appsV1Resources.deployments, 'ns/web');
      if (what === 'scale') wish.replicas = to;
      if (what === 'image') wish.image = to;
      if (what === 'scale' || what === 'image') world.client.put({ ...known, spec: { ...known?.spec, replicas: wish.replicas, template: template(`app:${wish.image}`) }, metadata: { ...known?.metadata, generation: (known?.metadata.generation ?? 1) + 1 } });
      const victim = pods(world)[to];
      if (what === 'kill' && victim !== undefined) await world.client.delete(coreV1Resources.pods, victim.metadata);
      if (what === 'play') for (let i = 0; i < to; i++) await playKubelet(world, () => rng.next() < 0.5);
    }
    for (let i = 0; i < 60; i++) await playKubelet(world, () => true);
    await world.clock.advance(2000);
    expect(pods(world).map(({ spec }) => spec?.containers[0]?.image)).toEqual(Array.from({ length: wish.replicas }, () => `app:${wish.image}`));
    expect({ replicas: status(world)?.replicas ?? 0, updated: status(world)?.updatedReplicas ?? 0, available: status(world)?.availableReplicas ?? 0 }).toEqual({ replicas: wish.replicas, updated: wish.replicas, available: wish.replicas });
    await world.stop();
  }), { numRuns: 8, seed: 7 });
});
