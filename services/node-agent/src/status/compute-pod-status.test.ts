import type { coreV1 } from '@kubernode/api';
import { aContainer, aPod, aSandbox } from '../runtime/test-states.ts';
import type { PodState } from '../runtime/pod-state.ts';
import { computePodStatus, type PodStatusInput } from './compute-pod-status.ts';

const empty: PodState = { sandboxes: [], containers: [] };
const running: PodState = { sandboxes: [aSandbox()], containers: [aContainer()] };

function statusOf(extra: Partial<PodStatusInput>): coreV1.PodStatus {
  return computePodStatus({
    pod: aPod(), state: empty, waiting: new Map(), readiness: () => ({ started: true, ready: true }), previous: {}, ending: false, hostIps: ['192.0.2.1'], startedAtMs: 1000, nowMs: 60_000, resize: [], actuated: () => undefined,
    runtimeName: 'containerd', recursiveReadOnly: false, ...extra,
  });
}

const conditions = ({ conditions: list = [] }: coreV1.PodStatus): Record<string, string> => Object.fromEntries(list.map(({ type, status, reason }) => [type, reason === undefined ? status : `${status} ${reason}`]));

test('computePodStatus: a pod of which nothing exists yet', () => {
  expect(statusOf({})).toEqual({
    phase: 'Pending', observedGeneration: 1, hostIP: '192.0.2.1', hostIPs: [{ ip: '192.0.2.1' }], startTime: '1970-01-01T00:00:01Z', qosClass: 'BestEffort', resources: {},
    conditions: [
      { type: 'PodReadyToStartContainers', status: 'False', lastTransitionTime: '1970-01-01T00:01:00Z', observedGeneration: 1 },
      { type: 'Initialized', status: 'True', lastTransitionTime: '1970-01-01T00:01:00Z', observedGeneration: 1 },
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [c]', lastTransitionTime: '1970-01-01T00:01:00Z', observedGeneration: 1 },
      { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [c]', lastTransitionTime: '1970-01-01T00:01:00Z', observedGeneration: 1 },
      { type: 'PodScheduled', status: 'True', lastTransitionTime: '1970-01-01T00:01:00Z', observedGeneration: 1 },
    ],
    containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: false, started: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } }, lastState: {} }],
  });
});

test('computePodStatus: a running pod is ready, with its address', () => {
  const status = statusOf({ state: running });
  expect(status).toMatchObject({ phase: 'Running', podIP: '10.0.0.5', podIPs: [{ ip: '10.0.0.5' }], containerStatuses: [{ containerID: 'containerd://id-c', imageID: 'sha256:1', ready: true, started: true, state: { running: { startedAt: '1970-01-01T00:00:03Z' } } }] });
  expect(conditions(status)).toEqual({ PodReadyToStartContainers: 'True', Initialized: 'True', Ready: 'True', ContainersReady: 'True', PodScheduled: 'True' });
});

interface PhaseCase { what: string; spec?: Partial<coreV1.PodSpec>; state: PodState; extra?: Partial<PodStatusInput>; want: string }
const exited = (exitCode: number): PodState => ({ sandboxes: [aSandbox()], containers: [aContainer({ phase: 'exited', exitCode })] });
const phases: PhaseCase[] = [
  { what: 'an exit under Always is a running pod', state: exited(1), want: 'Running' },
  { what: 'a clean exit under OnFailure succeeds', spec: { restartPolicy: 'OnFailure' }, state: exited(0), want: 'Succeeded' },
  { what: 'a failure under OnFailure runs on', spec: { restartPolicy: 'OnFailure' }, state: exited(1), want: 'Running' },
  { what: 'a failure under Never fails', spec: { restartPolicy: 'Never' }, state: exited(1), want: 'Failed' },
  { what: 'a pod that ends under Always succeeds when its containers did', state: exited(0), extra: { ending: true }, want: 'Succeeded' },
  { what: 'a pod that ends under Always fails when a container did', state: exited(137), extra: { ending: true }, want: 'Failed' },
  { what: 'a terminal phase stays', state: running, extra: { previous: { phase: 'Failed' } }, want: 'Failed' },
  { what: 'a decree waits for the end', state: running, extra: { decree: { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' } }, want: 'Running' },
  { what: 'a decree wins then', state: exited(0), extra: { ending: true, decree: { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' } }, want: 'Failed' },
  { what: 'a pod that ends before anything of it ran fails', state: empty, extra: { ending: true }, want: 'Failed' },
  { what: 'an exit that a rule restarts runs on', spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }] }, state: exited(42), want: 'Running' },
  { what: 'an exit that no rule restarts fails', spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }] }, state: exited(1), want: 'Failed' },
  { what: 'an init container that runs is pending', spec: { initContainers: [{ name: 'i', image: 'i' }] }, state: { sandboxes: [aSandbox()], containers: [aContainer({ name: 'i' })] }, want: 'Pending' },
  { what: 'a failed init container under Never fails', spec: { restartPolicy: 'Never', initContainers: [{ name: 'i', image: 'i' }] }, state: { sandboxes: [aSandbox()], containers: [aContainer({ name: 'i', phase: 'exited', exitCode: 1 })] }, want: 'Failed' },
];
test.each(phases)('computePodStatus: $what', ({ spec, state, extra, want }) => {
  expect(statusOf({ pod: aPod(spec), state, ...extra }).phase).toBe(want);
});

test('computePodStatus: a container that backs off waits, and its end is its last state', () => {
  const status = statusOf({ state: exited(3), waiting: new Map([['c', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]) });
  expect(status.containerStatuses).toMatchObject([{ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } }, lastState: { terminated: { exitCode: 3, reason: 'Error' } } }]);
});

test('computePodStatus: a container record that the runtime lost is kept from the last status', () => {
  const terminated = { exitCode: 0, reason: 'Completed' };
  const previous = { containerStatuses: [{ name: 'c', image: 'i', imageID: 'x', ready: false, restartCount: 0, state: { terminated } }] };
  expect(statusOf({ pod: aPod({ restartPolicy: 'Never' }), previous, ending: true })).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ state: { terminated } }] });
});

test('computePodStatus: times of unchanged conditions and conditions of others are kept', () => {
  const before = statusOf({ state: running, nowMs: 5000 });
  const others = [{ type: 'example.com/gate', status: 'False' }, ...before.conditions ?? []];
  const after = statusOf({ pod: aPod({ readinessGates: [{ conditionType: 'example.com/gate' }] }), state: running, previous: { ...before, conditions: others } });
  expect(after.conditions?.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime])).toEqual([
    ['example.com/gate', 'False', undefined], ['PodReadyToStartContainers', 'True', '1970-01-01T00:00:05Z'], ['Initialized', 'True', '1970-01-01T00:00:05Z'],
    ['Ready', 'False', '1970-01-01T00:01:00Z'], ['ContainersReady', 'True', '1970-01-01T00:00:05Z'], ['PodScheduled', 'True', '1970-01-01T00:00:05Z'],
  ]);
});

const all: coreV1.ContainerRestartRule[] = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }];
const anew = aPod({ containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: all }, { name: 'd', image: 'i' }] });

test('computePodStatus: an end that begins the pod anew is told until all is removed, and the removed wait', () => {
  const both = { sandboxes: [aSandbox()], containers: [aContainer({ phase: 'exited', exitCode: 88 }), aContainer({ name: 'd' })] };
  const during = statusOf({ pod: anew, state: both, previous: statusOf({ pod: anew, state: { sandboxes: [aSandbox()], containers: [aContainer(), aContainer({ name: 'd' })] } }) });
  expect(conditions(during)['AllContainersRestarting']).toBe('True RestartAllContainersStarted');
  const after = statusOf({ pod: anew, state: { sandboxes: [aSandbox()], containers: [] }, previous: during });
  expect(conditions(after)['AllContainersRestarting']).toBe('False');
  expect(after).toMatchObject({ phase: 'Running', containerStatuses: [
    { name: 'c', restartCount: 1, state: { waiting: { reason: 'RestartingAllContainers' } } },
    { name: 'd', restartCount: 1, state: { waiting: { reason: 'RestartingAllContainers' } }, lastState: { terminated: { exitCode: 137, reason: 'RestartingAllContainers' } } },
  ] });
});

test('computePodStatus: resources are those allocated, and of a running container those it has', () => {
  const pod = aPod({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } } }] });
  const has = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } };
  expect(statusOf({ pod, state: running, actuated: () => has }).containerStatuses).toMatchObject([{ resources: has, allocatedResources: { cpu: '200m', memory: '64Mi' } }]);
  expect(statusOf({ pod, state: running, actuated: () => has })).toMatchObject({ allocatedResources: { cpu: '200m', memory: '64Mi' } });
});

test('computePodStatus: last words of all containers fit into 12 KiB', () => {
  const state = { sandboxes: [aSandbox()], containers: [aContainer({ phase: 'exited', message: 'x'.repeat(20_000) })] };
  expect(statusOf({ pod: aPod({ containers: ['c', 'd'].map((name) => ({ name, image: 'i' })) }), state }).containerStatuses?.[0]?.state?.terminated?.message).toHaveLength(6144);
});
