import type { OwnerReference } from '@kubernode/apimachinery';
import { appsV1Resources, policyV1Resources, coreV1Resources, type appsV1, type coreV1, type policyV1 } from '@kubernode/api';
import type { RawRequest } from '@kubernode/client';
import type { Action } from '@kubernode/controller';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { reconcileBudget } from './budget-status.ts';
import { disruptionController } from './disruption-controller.ts';
import type { WorkloadScale } from './workload-scale.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString().replace('.000Z', 'Z');

const owner = (uid: string): OwnerReference => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true });

interface PodFacts { ready?: boolean; going?: boolean; ownerUid?: string | undefined; phase?: string }

function pod(name: string, { ready = true, going = false, ownerUid = 'set', phase = 'Running' }: PodFacts = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name, labels: { app: 'web' }, ...(going && { deletionTimestamp: at(0) }), ...(ownerUid !== '' && { ownerReferences: [owner(ownerUid)] }) },
    spec: { containers: [] }, status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const pods = (count: number, facts?: PodFacts): coreV1.Pod[] => Array.from({ length: count }, (_none, i) => pod(`p${i}`, facts));

function budget(spec: policyV1.PodDisruptionBudgetSpec, status?: policyV1.PodDisruptionBudgetStatus): policyV1.PodDisruptionBudget {
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'ns', generation: 1 }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec }, ...(status && { status }) };
}

interface Seen { status: policyV1.PodDisruptionBudgetStatus | undefined; events: string[]; againAfterMs: number | undefined }

function run(one: policyV1.PodDisruptionBudget, chosen: coreV1.Pod[], scales: Record<string, WorkloadScale> = { set: { uid: 'set', replicas: chosen.length } }): Seen {
  const { actions, againAfterMs } = reconcileBudget({ about: 'budget', budget: one, pods: chosen, scales: new Map(Object.entries(scales)) }, NOW);
  const update = actions.find((action): action is Extract<Action, { do: 'update' }> => action.do === 'update');
  return { status: update?.object.status as policyV1.PodDisruptionBudgetStatus | undefined, events: actions.flatMap((action) => (action.do === 'event' ? [`${action.type} ${action.reason}: ${action.message}`] : [])), againAfterMs }; // a budget's
}

/** Expected, healthy, desired, allowed. */
function counts({ status }: Seen): number[] { return [status?.expectedPods, status?.currentHealthy, status?.desiredHealthy, status?.disruptionsAllowed].map((one) => one ?? NaN); }

test.each<[string, policyV1.PodDisruptionBudgetSpec, coreV1.Pod[], number | undefined, number[]]>([
  ['a number that must stay', { minAvailable: 2 }, pods(3), undefined, [3, 3, 2, 1]],
  ['a number counts pods that ended too', { minAvailable: 1 }, [...pods(1), pod('done', { ready: false, phase: 'Succeeded' })], undefined, [2, 1, 1, 0]],
  ['a share that must stay, rounded up', { minAvailable: '50%' }, pods(3), 3, [3, 3, 2, 1]],
  ['a share of more than there are', { minAvailable: '50%' }, pods(3), 10, [10, 3, 5, 0]],
  ['a number that may go', { maxUnavailable: 1 }, [pod('a'), pod('b'), pod('c', { ready: false })], 3, [3, 2, 2, 0]],
  ['a share that may go, rounded up', { maxUnavailable: '30%' }, pods(4), 4, [4, 4, 2, 2]],
  ['more than all may go', { maxUnavailable: 9 }, pods(2), 2, [2, 2, 0, 2]],
  ['pods of nobody', { maxUnavailable: 1 }, [pod('a', { ownerUid: '' })], undefined, [0, 1, 0, 0]],
  ['pods that go are not healthy', { minAvailable: 1 }, [pod('a'), pod('b', { going: true })], undefined, [2, 1, 1, 0]],
  ['no pods', { minAvailable: 1 }, [], undefined, [0, 0, 1, 0]],
  ['neither number nor share', {}, pods(1), undefined, [0, 1, 0, 0]],
])('a budget of %s', (_name, spec, chosen, replicas, want) => {
  expect(counts(run(budget(spec), chosen, replicas === undefined ? {} : { set: { uid: 'set', replicas } }))).toEqual(want);
});

test('workloads add up, each once', () => {
  const chosen = [pod('a', { ownerUid: 'x' }), pod('b', { ownerUid: 'y' }), pod('c', { ownerUid: 'z' })];
  expect(counts(run(budget({ maxUnavailable: 1 }), chosen, { x: { uid: 'deployment', replicas: 2 }, y: { uid: 'deployment', replicas: 2 }, z: { uid: 'z', replicas: 3 } }))).toEqual([5, 3, 4, 0]);
});

test('events tell what a budget lacks', () => {
  expect(run(budget({ minAvailable: 1 }), []).events).toEqual(['Normal NoPods: No matching pods found']);
  expect(run(budget({ maxUnavailable: 1 }), [pod('a', { ownerUid: '' })]).events).toEqual([expect.stringMatching(/^Warning UnmanagedPods: Pods selected by this PodDisruptionBudget \(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: web,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\) were found to be unmanaged/)]);
});

test('what cannot be calculated allows nothing', () => {
  const before = run(budget({ maxUnavailable: 1 }), pods(2)).status;
  const seen = run(budget({ maxUnavailable: 1 }, before), pods(2), { set: { fault: 'jobs.batch does not implement the scale subresource' } });
  expect(seen).toMatchObject({
    events: ['Warning CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource'],
    status: { ...before, disruptionsAllowed: 0, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'jobs.batch does not implement the scale subresource', observedGeneration: 1 }] },
  });
  expect(run(budget({ maxUnavailable: 1 }, seen.status), pods(2))).toMatchObject({ status: { disruptionsAllowed: 1, conditions: [{ status: 'True', reason: 'SufficientPods', message: '' }] } });
});

test('evictions that were allowed count until their pods go, or for two minutes', () => {
  const before = { currentHealthy: 3, desiredHealthy: 1, expectedPods: 3, disruptionsAllowed: 0, disruptedPods: { p0: at(30), p1: at(121), p2: at(10), gone: at(10) } };
  const seen = run(budget({ minAvailable: 1 }, before), [pod('p0'), pod('p1'), pod('p2', { going: true })]);
  expect(seen).toMatchObject({ events: ['Warning NotDeleted: Pod was expected by PDB ns/ns to be deleted but it wasn\'t'], status: { disruptedPods: { p0: at(30) }, currentHealthy: 1 }, againAfterMs: 90_001 });
  expect(Object.keys(seen.status?.disruptedPods ?? {})).toEqual(['p0']);
});

test('other conditions and a status that stays the same are left alone', () => {
  const other = { type: 'Mine', status: 'True', reason: 'R', message: '', lastTransitionTime: at(9) };
  const first = run(budget({ minAvailable: 1 }, { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0, conditions: [other] }), pods(2)).status;
  expect(first?.conditions?.map(({ type }) => type)).toEqual(['Mine', 'DisruptionAllowed']);
  expect(run(budget({ minAvailable: 1 }, first), pods(2)).status).toBeUndefined();
});

const DISCOVERY = { kind: 'APIGroupDiscoveryList', items: ['batch jobs Job', 'example.com things Thing'].map((line) => { const [name, resource, kind] = line.split(' '); return { metadata: { name }, versions: [{ version: 'v1', resources: [{ resource, responseKind: { kind }, scope: 'Namespaced', verbs: [] }] }] }; }) };
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api': { kind: 'APIGroupDiscoveryList' }, '/apis': DISCOVERY, '/apis/batch/v1': { resources: [{ name: 'jobs', kind: 'Job' }] }, '/apis/example.com/v1': { resources: [{ name: 'things/scale', kind: 'Scale' }] },
  '/apis/example.com/v1/namespaces/ns/things/t/scale': { kind: 'Scale', metadata: { name: 't', uid: 'thing' }, spec: { replicas: 4 } },
};

/** The controller on a cluster in memory, with discovery and one scale of a custom resource. */
function start(objects: readonly object[]): ControllerWorld {
  const request = ({ path, accept = '' }: RawRequest): Promise<{ status: number; contentType: string; body: Buffer; warnings: string[] }> => {
    const found = path === '/apis' && !accept.includes('Discovery') ? { kind: 'APIGroupList', groups: [] } : ANSWERS[path];
    return Promise.resolve({ status: found === undefined ? 404 : 200, contentType: '', body: Buffer.from(found === undefined ? '404 page not found' : JSON.stringify(found)), warnings: [] });
  };
  return startControllers((clock) => [disruptionController(clock)], { objects, startMs: NOW, through: (client) => ({ ...client, request }) });
}

const statusOf = ({ client }: ControllerWorld): policyV1.PodDisruptionBudgetStatus | undefined => client.stored(policyV1Resources.poddisruptionbudgets, 'ns/b')?.status;
const ownedBy = (name: string, reference: Partial<OwnerReference>): coreV1.Pod => ({ ...pod(name), metadata: { ...pod(name).metadata, ownerReferences: [{ ...owner('x'), ...reference }] } });

test.each<[string, Partial<OwnerReference>, Partial<policyV1.PodDisruptionBudgetStatus>]>([
  ['a custom resource with a scale', { apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'thing' }, { expectedPods: 4, desiredHealthy: 3, currentHealthy: 1 }],
  ['one that is another by now', { apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'former' }, { expectedPods: 0, conditions: [expect.objectContaining({ reason: 'SyncFailed', message: 'found no controllers for pod "a"' })] }],
  ['one that is gone', { apiVersion: 'example.com/v1', kind: 'Thing', name: 'none', uid: 'none' }, { expectedPods: 0, conditions: [expect.objectContaining({ reason: 'SyncFailed', message: 'found no controllers for pod "a"' })] }],
  ['a kind without a scale', { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'j' }, { expectedPods: 0, conditions: [expect.objectContaining({ reason: 'SyncFailed', message: 'jobs.batch does not implement the scale subresource' })] }],
  ['a kind that is not served', { apiVersion: 'example.com/v1', kind: 'Other', name: 'o', uid: 'o' }, { expectedPods: 0, conditions: [expect.objectContaining({ reason: 'SyncFailed', message: 'no matches for kind "Other" in version "example.com/v1"' })] }],
])('pods of %s', async (_name, reference, want) => {
  const world = start([budget({ maxUnavailable: 1 }), ownedBy('a', reference)]);
  await world.clock.advance(100);
  expect(statusOf(world)).toMatchObject(want);
  await world.stop();
});

test('a Deployment speaks for its ReplicaSets, and its new size is heard', async () => {
  const deployment: appsV1.Deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'ns', uid: 'web' }, spec: { replicas: 5, selector: {}, template: {} } };
  const set: appsV1.ReplicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'set', namespace: 'ns', uid: 'set', ownerReferences: [{ ...owner('web'), kind: 'Deployment' }] }, spec: { replicas: 3, selector: {} } };
  const world = start([budget({ maxUnavailable: 1 }), deployment, set, ...pods(3)]);
  await world.clock.advance(100);
  expect(statusOf(world)?.expectedPods).toBe(5);
  await world.client.update(appsV1Resources.deployments, { ...deployment, spec: { replicas: 2, selector: {}, template: {} } });
  await world.clock.advance(100);
  expect(statusOf(world)?.expectedPods).toBe(2);
  await world.stop();
});

test('a pod that was to be disrupted and was not is left alone after two minutes; what the kubelet says stands', async () => {
  const targeted = (name: string, reason: string): coreV1.Pod => ({ ...pod(name), status: { phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message: 'm', lastTransitionTime: at(60) }] } });
  const world = start([targeted('a', 'EvictionByEvictionAPI'), targeted('b', 'TerminationByKubelet')]);
  const conditionsOf = (name: string): unknown => world.client.stored(coreV1Resources.pods, `ns/${name}`)?.status?.conditions;
  await world.clock.advance(59_000);
  expect(conditionsOf('a')).toMatchObject([{ status: 'True' }]);
  await world.clock.advance(2000);
  expect(conditionsOf('a')).toEqual([{ type: 'DisruptionTarget', status: 'False', observedGeneration: 1, lastTransitionTime: at(-60) }]);
  expect(conditionsOf('b')).toMatchObject([{ status: 'True', reason: 'TerminationByKubelet' }]);
  await world.stop();
});

test('a pod of two budgets is told', async () => {
  const world = start([budget({ minAvailable: 1 }), { ...budget({ minAvailable: 1 }), metadata: { name: 'a', namespace: 'ns' } }, pod('p')]);
  await world.clock.advance(100);
  expect(world.events).toContain('MultiplePodDisruptionBudgets: Pod "ns"/"p" matches multiple PodDisruptionBudgets.  Chose "a" arbitrarily.');
  await world.stop();
});
