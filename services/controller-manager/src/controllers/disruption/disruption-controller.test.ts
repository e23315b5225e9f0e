import type { coreV1, policyV1 } from '@kubernode/api';
import { reconcile } from './disruption-controller.ts';

function pods(ready: number, unready = 0): coreV1.Pod[] {
  return Array.from({ length: ready + unready }, (_none, i) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: 'ns', uid: `p${i}` }, spec: { containers: [] }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: i < ready ? 'True' : 'False' }] } }));
}

test.each<[string, policyV1.PodDisruptionBudgetSpec, coreV1.Pod[], number | undefined, [number, number, number, number]]>([
  ['a number that must stay', { minAvailable: 2 }, pods(3), undefined, [3, 3, 2, 1]],
  ['a share that must stay', { minAvailable: '60%' }, pods(3), 3, [3, 3, 2, 1]],
  ['a number that may go', { maxUnavailable: 1 }, pods(2, 1), 3, [3, 2, 2, 0]],
  ['pods of nobody', { maxUnavailable: 1 }, pods(1), undefined, [0, 1, 0, 0]],
  ['no pods', { minAvailable: 1 }, [], undefined, [0, 0, 1, 0]],
])('a budget of %s', (_name, spec, all, replicas, want) => {
  const budget: policyV1.PodDisruptionBudget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'ns', generation: 1 }, spec };
  const { actions } = reconcile({ budget, pods: all, scaleOf: () => (replicas === undefined ? undefined : { uid: 'w', replicas }) }, 0);
  const update = actions.find((action) => action.do === 'update');
  const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed } = (update?.do === 'update' ? update.object.status : {}) as policyV1.PodDisruptionBudgetStatus; // a budget's
  expect([expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed]).toEqual(want);
});
