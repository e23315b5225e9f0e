import fc from 'fast-check';
import { appsV1Resources, coreV1Resources, policyV1Resources, type appsV1, type coreV1, type policyV1 } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { disruptionController } from './disruption-controller.ts';

const pods = coreV1Resources.pods;
const sets = appsV1Resources.statefulsets;

function pod(name: string, ready: boolean): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', labels: { app: 'db' }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db', controller: true }] },
    spec: { containers: [] }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const set = (replicas: number, generation: number): appsV1.StatefulSet => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'ns', uid: 'db', generation }, spec: { replicas, selector: {}, template: {}, serviceName: '' } });

type Step = { do: 'put'; name: string; ready: boolean } | { do: 'delete'; name: string } | { do: 'scale'; replicas: number } | { do: 'wait'; ms: number };

const name = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('put' as const), name, ready: fc.boolean() }), fc.record({ do: fc.constant('delete' as const), name }),
  fc.record({ do: fc.constant('scale' as const), replicas: fc.nat(6) }), fc.record({ do: fc.constant('wait' as const), ms: fc.nat(400) }),
);

async function take(world: ControllerWorld, one: Step, generation: number): Promise<void> {
  switch (one.do) {
    case 'put': world.client.put(pod(one.name, one.ready)); break;
    case 'delete': await world.client.delete(pods, { name: one.name, namespace: 'ns' }).catch(() => undefined); break; // there was none
    case 'scale': world.client.put(set(one.replicas, generation)); break;
    case 'wait': await world.clock.advance(one.ms); break;
  }
}

test('whatever comes in whatever order, a budget ends with the numbers of what is', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(6), fc.nat(10_000), async (steps, maxUnavailable, seed) => {
    const budget: policyV1.PodDisruptionBudget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'ns' }, spec: { maxUnavailable, selector: { matchLabels: { app: 'db' } } } };
    const world = startControllers((clock) => [disruptionController(clock)], { seed, faults: true, objects: [budget, set(3, 1)] });
    for (const [i, one] of steps.entries()) await take(world, one, i + 2);
    await world.clock.advance(20_000);
    const all = world.client.all(pods);
    const expectedPods = all.length === 0 ? 0 : world.client.stored<appsV1.StatefulSet>(sets, 'ns/db')?.spec?.replicas ?? 0;
    const currentHealthy = all.filter(({ status }) => status?.conditions?.[0]?.status === 'True').length;
    const desiredHealthy = Math.max(0, expectedPods - maxUnavailable);
    const { status } = world.client.stored<policyV1.PodDisruptionBudget>(policyV1Resources.poddisruptionbudgets, 'ns/b') ?? {};
    expect(status).toMatchObject({ expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed: expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy) });
    await world.stop();
  }), { numRuns: 30, seed: 3 });
});
