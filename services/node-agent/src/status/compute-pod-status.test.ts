import type { coreV1 } from '@kubernode/api';
import { aContainer, aPod, aSandbox } from '../runtime/test-states.ts';
import type { PodState } from '../runtime/pod-state.ts';
import { computePodStatus, type PodStatusInput } from './compute-pod-status.ts';

const empty: PodState = { sandboxes: [], containers: [] };
const running: PodState = { sandboxes: [aSandbox()], containers: [aContainer()] };

function statusOf(extra: Partial<PodStatusInput>): coreV1.PodStatus {
  return computePodStatus({
    pod: aPod(), state: empty, waiting: new Map(), readiness: () => ({ started: true, ready: true }), previous: {}, ending: false, hostIp: '192.0.2.1', startedAtMs: 1000, nowMs: 60_000, ...extra,
  });
}

const conditions = ({ conditions: list = [] }: coreV1.PodStatus): Record<string, string> => Object.fromEntries(list.map(({ type, status, reason }) => [type, reason === undefined ? status : `${status} ${reason}`]));

test('computePodStatus: a pod of which nothing exists yet', () => {
  expect(statusOf({})).toEqual({
    phase: 'Pending', observedGeneration: 1, hostIP: '192.0.2.1', hostIPs: [{ ip: '192.0.2.1' }], startTime: '1970-01-01T00:00:01Z', qosClass: 'BestEffort',
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
  { what: 'a decree wins', state: running, extra: { decree: { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' } }, want: 'Failed' },
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
