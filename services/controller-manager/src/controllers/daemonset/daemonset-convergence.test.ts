import fc from 'fast-check';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { GRACEFUL, isReady, playKubelet } from '../kubelet.fixture.ts';
import { nodeNameOf } from './daemon-pods.ts';
import { daemonSetController } from './daemonset-controller.ts';

const NODES = ['a', 'b', 'c'];
const TAINT: coreV1.Taint = { key: 'k', effect: 'NoExecute' };

function daemonSet(rollingUpdate: appsV1.RollingUpdateDaemonSet): appsV1.DaemonSet {
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'ns' },
    spec: { selector: { matchLabels: { app: 'd' } }, template: template(1), revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
  };
}

function template(image: number): coreV1.PodTemplateSpec {
  return { metadata: { labels: { app: 'd' }, finalizers: [GRACEFUL] }, spec: { containers: [{ name: 'main', image: `app:${image}` }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
}

function node(name: string, taints: readonly coreV1.Taint[] = []): coreV1.Node { return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints: [...taints] } }; }

const pods = ({ client }: ControllerWorld): readonly coreV1.Pod[] => client.all(coreV1Resources.pods);

function change(world: ControllerWorld, image: number): void {
  const before = world.client.stored(appsV1Resources.daemonsets, 'ns/d') as appsV1.DaemonSet; // it is never deleted
  world.client.put({ ...before, spec: { ...before.spec, template: template(image) }, metadata: { ...before.metadata, generation: (before.metadata.generation ?? 1) + 1 } });
}

test.each<[string, appsV1.RollingUpdateDaemonSet, { fewestReady: number; mostOnANode: number }]>([
  ['without surge one node at a time', { maxUnavailable: 1, maxSurge: 0 }, { fewestReady: 2, mostOnANode: 1 }],
  ['with surge no node ever', { maxUnavailable: 0, maxSurge: 1 }, { fewestReady: 3, mostOnANode: 2 }],
])('a rollout leaves %s without a daemon', async (_name, rollingUpdate, want) => {
  const world = startControllers([daemonSetController()]);
  for (const name of NODES) world.client.put(node(name));
  world.client.put(daemonSet(rollingUpdate));
  for (let i = 0; i < 10; i++) await playKubelet(world, () => true);
  change(world, 2);
  const seen = { fewestReady: 3, mostOnANode: 0 };
  const rng = seededRng(3);
  for (let i = 0; i < 80; i++) {
    await playKubelet(world, () => rng.next() < 0.4);
    const staying = pods(world).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    seen.fewestReady = Math.min(seen.fewestReady, new Set(staying.filter(isReady).map(nodeNameOf)).size);
    seen.mostOnANode = Math.max(seen.mostOnANode, ...NODES.map((name) => staying.filter((pod) => nodeNameOf(pod) === name).length));
  }
  expect(pods(world).map(({ spec }) => spec?.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2']);
  expect(seen).toEqual(want);
  await world.stop();
});

test('whatever befalls a DaemonSet and its nodes, it converges', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('taint' as const, 'untaint' as const, 'leave' as const, 'come' as const), to: fc.nat(2) }),
    fc.record({ do: fc.constant('image' as const), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constantFrom('kill' as const, 'fail' as const), to: fc.nat(4) }),
    fc.record({ do: fc.constant('play' as const), to: fc.nat(4) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), fc.nat(1000), async (steps, surges, seed) => {
    const world = startControllers([daemonSetController()], { seed, faults: true });
    const rng = seededRng(seed);
    const home = new Set(NODES);
    let wanted = 1;
    for (const name of NODES) world.client.put(node(name));
    world.client.put(daemonSet(surges ? { maxSurge: 1, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: 1 }));
    await world.clock.advance(50);
    for (const { do: what, to } of steps) {
      const name = NODES[to] ?? '';
      if (what === 'taint' || what === 'leave') home.delete(name);
      if (what === 'untaint' || what === 'come') home.add(name);
      if (what === 'leave') await world.client.delete(coreV1Resources.nodes, { name }).catch(() => undefined);
      if (what === 'taint' || what === 'untaint' || what === 'come') world.client.put(node(name, what === 'taint' ? [TAINT] : []));
      if (what === 'image') change(world, wanted = to);
      const pod = pods(world)[to];
      if (what === 'kill' && pod !== undefined) await world.client.delete(coreV1Resources.pods, pod.metadata);
      if (what === 'fail' && pod !== undefined) world.client.put({ ...pod, status: { phase: 'Failed' } });
      if (what === 'play') for (let i = 0; i < to; i++) await playKubelet(world, () => rng.next() < 0.5);
    }
    for (let i = 0; i < 80; i++) {
      const nodes = new Set(world.client.all(coreV1Resources.nodes).map(({ metadata }) => metadata.name));
      for (const pod of pods(world)) if (!nodes.has(pod.spec?.nodeName ?? nodeNameOf(pod)) && pod.spec?.nodeName !== undefined) await world.client.delete(coreV1Resources.pods, pod.metadata); // as the pod garbage collector does
      await playKubelet(world, () => true);
      await world.clock.advance(500);
    }
    expect(pods(world).map((pod) => `${nodeNameOf(pod)} ${pod.spec?.containers[0]?.image ?? ''}`).sort()).toEqual([...home].sort().map((name) => `${name} app:${wanted}`));
    const { status } = world.client.stored(appsV1Resources.daemonsets, 'ns/d') as appsV1.DaemonSet; // it is never deleted
    expect([status?.desiredNumberScheduled, status?.currentNumberScheduled, status?.numberAvailable ?? 0, status?.updatedNumberScheduled ?? 0, status?.numberMisscheduled]).toEqual([home.size, home.size, home.size, home.size, 0]);
    await world.stop();
  }), { numRuns: 10, seed: 5 });
});
