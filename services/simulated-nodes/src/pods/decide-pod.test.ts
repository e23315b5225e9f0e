import type { coreV1 } from '@kubernode/api';
import { decidePod, startDelayMs, type PodAction } from './decide-pod.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

function podWith({ command = ['serve'], restartPolicy = 'Always', status, deletionTimestamp }: { command?: string[]; restartPolicy?: string; status?: coreV1.PodStatus; deletionTimestamp?: string } = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: 1, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
    spec: { nodeName: 'sim-0', restartPolicy, containers: [{ name: 'main', image: 'x', command }] }, ...(status && { status }),
  };
}

const decide = (pod: coreV1.Pod, age = 10_000): PodAction => decidePod({ pod, podIp: '10.0.0.5', hostIp: '10.0.0.1', now: NOW, since: NOW - age });

test('decidePod lets a new pod start after its delay, then run and be ready', () => {
  expect(decide(podWith(), 0)).toEqual({ kind: 'wait', ms: startDelayMs });
  const action = decide(podWith());
  expect(action).toMatchObject({ kind: 'setStatus', status: { phase: 'Running', podIP: '10.0.0.5', hostIP: '10.0.0.1', startTime: '2026-11-21T12:00:00Z', containerStatuses: [{ name: 'main', ready: true, state: { running: { startedAt: '2026-11-21T12:00:00Z' } } }] } });
  const conditions = action.kind === 'setStatus' ? action.status.conditions ?? [] : [];
  expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual(['PodReadyToStartContainers=True', 'Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True']);
});

const running = (startTime: string): coreV1.PodStatus => ({ phase: 'Running', startTime });

test.each([
  ['runs on', podWith({ status: running('2026-11-21T11:00:00Z') }), 'none', undefined],
  ['ends well with exit 0', podWith({ command: ['sh', '-c', 'exit 0'], restartPolicy: 'Never', status: running('2026-11-21T11:00:00Z') }), 'setStatus', 'Succeeded'],
  ['fails with exit 3', podWith({ command: ['sh', '-c', 'exit 3'], restartPolicy: 'Never', status: running('2026-11-21T11:00:00Z') }), 'setStatus', 'Failed'],
  ['is restarted for ever', podWith({ command: ['sh', '-c', 'exit 3'], restartPolicy: 'OnFailure', status: running('2026-11-21T11:00:00Z') }), 'none', undefined],
  ['has not run long enough', podWith({ command: ['true'], restartPolicy: 'Never', status: running('2026-11-21T12:00:00Z') }), 'wait', undefined],
  ['has ended', podWith({ status: { phase: 'Failed' } }), 'none', undefined],
  ['is being deleted', podWith({ deletionTimestamp: '2026-11-21T12:00:00Z', status: running('2026-11-21T11:00:00Z') }), 'delete', undefined],
])('decidePod for a pod that %s', (_, pod, kind, phase) => {
  const action = decide(pod);
  expect([action.kind, action.kind === 'setStatus' ? action.status.phase : undefined]).toEqual([kind, phase]);
});

test('decidePod keeps a pod unready until its readiness gates open', () => {
  const pod = podWith();
  const gated = { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [], readinessGates: [{ conditionType: 'example.com/ok' }] } };
  const action = decide(gated);
  const ready = action.kind === 'setStatus' ? action.status.conditions?.find((one) => one.type === 'Ready') : undefined;
  expect(ready).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
});

test('decidePod says again that a pod is ready when somebody else said that it is not', () => {
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-21T11:30:00Z' }];
  const action = decide(podWith({ status: { ...running('2026-11-21T11:00:00Z'), podIP: '10.0.0.9', conditions } }));
  expect(action).toMatchObject({ kind: 'setStatus', status: { podIP: '10.0.0.9', startTime: '2026-11-21T11:00:00Z', containerStatuses: [{ state: { running: { startedAt: '2026-11-21T11:00:00Z' } } }] } });
  expect(action.kind === 'setStatus' && action.status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-11-21T12:00:00Z' });
});
