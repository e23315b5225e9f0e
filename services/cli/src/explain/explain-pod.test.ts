import type { coreV1 } from '@kubernode/api';
import { explainPod } from './explain-pod.ts';
import type { PlacementJudgement } from './placement.ts';
import { referencesOf, type PodSnapshot } from './pod-snapshot.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const READY_NODE: coreV1.Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
const DEAD_NODE: coreV1.Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'Unknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: '2026-01-01T00:05:00Z' }] } };

interface Given { spec?: Partial<coreV1.PodSpec>; status?: coreV1.PodStatus; metadata?: Partial<coreV1.Pod['metadata']>; events?: Partial<coreV1.Event>[] }

function snapshot({ spec = {}, status = {}, metadata = {}, events = [] }: Given, rest: Partial<PodSnapshot> = {}): PodSnapshot {
  const pod: coreV1.Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u', ...metadata }, spec: { containers: [{ name: 'app', image: 'shop/web:1' }], ...spec }, status };
  return { pod, events: events.map((one) => ({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: {}, ...one })), node: (spec.nodeName ?? '') === '' ? undefined : READY_NODE, references: [], placement: undefined, nowMs: NOW, ...rest };
}

const judged = (given: Partial<PlacementJudgement>): PlacementJudgement => ({ isOurs: true, schedulerName: 'default-scheduler', gates: [], outright: [], nodes: [], outcome: { message: '0/2 nodes are available', preemptsOn: undefined }, ...given });
const waiting = (reason: string, message = '', more: Partial<coreV1.ContainerStatus> = {}): coreV1.PodStatus => ({ phase: 'Pending', containerStatuses: [{ name: 'app', image: 'shop/web:1', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason, message } }, ...more }] });
const running = (more: Partial<coreV1.ContainerStatus> = {}): coreV1.ContainerStatus => ({ name: 'app', image: 'shop/web:1', imageID: '', ready: false, started: true, restartCount: 0, state: { running: {} }, ...more });

test.each<[what: string, given: PodSnapshot, summary: string, findings: (string | RegExp)[]]>([
  ['a gate', snapshot({ spec: { schedulingGates: [{ name: 'example.com/budget' }] } }), 'has no node yet, so nothing of it runs.', [/waits for 1 scheduling gate .*: example\.com\/budget/, /has not said anything about it yet/]],
  ['nodes that refuse', snapshot({}, { placement: judged({ nodes: [{ node: 'a', objections: [{ plugin: 'NodeResourcesFit', code: 'unschedulable', reasons: ['Insufficient cpu'] }] }, { node: 'b', objections: [{ plugin: 'TaintToleration', code: 'unresolvable', reasons: ['node(s) had untolerated taint(s)'] }] }] }) }), 'has no node yet, so nothing of it runs.', [/^2 of 2 nodes cannot take it:/, /ending less important pods would not help/]],
  ['room that can be made', snapshot({ spec: { priority: 100 } }, { placement: judged({ nodes: [{ node: 'a', objections: [{ plugin: 'NodeResourcesFit', code: 'unschedulable', reasons: ['Insufficient cpu'] }] }], outcome: { message: '', preemptsOn: 'a' } }) }), 'has no node yet, so nothing of it runs.', [/^1 of 1 node cannot/, /priority is 100: less important pods on a would be ended/]],
  ['a scheduler that sleeps', snapshot({}, { placement: judged({ nodes: [{ node: 'a', objections: [] }], outcome: { node: 'a' } }) }), 'has no node yet, so nothing of it runs.', [/Node a would take it now\. If it stays pending, the scheduler is not at work/]],
  ['another scheduler', snapshot({}, { placement: judged({ isOurs: false, schedulerName: 'mine' }) }), 'has no node yet, so nothing of it runs.', [/asks for the scheduler "mine"/]],
  ['what the scheduler said, for those who may not see nodes', snapshot({ events: [{ reason: 'FailedScheduling', message: '0/3 nodes are available' }] }), 'has no node yet, so nothing of it runs.', ['The scheduler said last: 0/3 nodes are available']],
  ['an unbound claim', snapshot({}, { references: [{ kind: 'PersistentVolumeClaim', name: 'data', keys: [], found: 'found', missingKeys: [], claim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { storageClassName: 'slow' }, status: { phase: 'Pending' } } }] }), 'has no node yet, so nothing of it runs.', [/claim data has no volume \(Pending, storage class "slow"\)/i, /has not said/]],
  ['an image', snapshot({ spec: { nodeName: 'n1' }, status: waiting('ImagePullBackOff', 'Back-off'), events: [{ reason: 'Failed', message: 'Failed to pull image "shop/web:1": not found' }] }), 'is on node n1, but not all of its containers run (0 of 1).', [/image shop\/web:1 of container app cannot be had \(ImagePullBackOff\): Failed to pull image .*not found/]],
  ['a crash loop', snapshot({ spec: { nodeName: 'n1' }, status: waiting('CrashLoopBackOff', '', { restartCount: 4, lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: '2026-01-01T00:09:30Z' } } }) }), 'is on node n1, but not all of its containers run (0 of 1).', [/ends each time it is started \(4 restarts\): exit code 3, 30s ago/]],
  ['memory', snapshot({ spec: { nodeName: 'n1', containers: [{ name: 'app', resources: { limits: { memory: '64Mi' } } }] }, status: waiting('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }) }), 'is on node n1, but not all of its containers run (0 of 1).', [/used more memory than it may \(limit 64Mi\), exit code 137/]],
  ['missing references', snapshot({ spec: { nodeName: 'n1' }, status: waiting('ContainerCreating') }, { references: [{ kind: 'ConfigMap', name: 'conf', keys: [], found: 'missing', missingKeys: [] }, { kind: 'Secret', name: 'db', keys: ['a', 'b'], found: 'found', missingKeys: ['b'] }] }), 'is on node n1, but not all of its containers run (0 of 1).', [/ConfigMap conf does not exist/, /Secret db lacks the key b\./]],
  ['a volume', snapshot({ spec: { nodeName: 'n1' }, status: waiting('ContainerCreating'), events: [{ reason: 'FailedMount', message: 'MountVolume.SetUp failed: no such host' }] }), 'is on node n1, but not all of its containers run (0 of 1).', [/A volume cannot be set up \(FailedMount\): MountVolume\.SetUp failed/]],
  ['the pod network', snapshot({ spec: { nodeName: 'n1' }, status: { phase: 'Pending' }, events: [{ reason: 'FailedCreatePodSandBox', message: 'plugin type="bridge" failed' }] }), 'is on node n1, but not all of its containers run (0 of 1).', [/sandbox or network: plugin type/]],
  ['a node that is away', snapshot({ spec: { nodeName: 'n1' }, status: { phase: 'Pending' } }, { node: DEAD_NODE }), 'is on node n1, but not all of its containers run (0 of 1).', [/node n1 is not ready for 5m: Kubelet stopped/]],
  ['a readiness probe', snapshot({ spec: { nodeName: 'n1' }, status: { phase: 'Running', containerStatuses: [running()] }, events: [{ reason: 'Unhealthy', message: 'Readiness probe failed: HTTP probe failed with statuscode: 503' }] }), 'runs on node n1, but is not ready: Services send it nothing.', [/Container app is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503/]],
  ['a readiness gate', snapshot({ spec: { nodeName: 'n1', readinessGates: [{ conditionType: 'example.com/lb' }] }, status: { phase: 'Running', containerStatuses: [running({ ready: true })] } }), 'runs on node n1, but is not ready: Services send it nothing.', [/readiness gate example\.com\/lb is not set/]],
  ['a ready pod', snapshot({ spec: { nodeName: 'n1' }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [running({ ready: true })] } }), 'runs on node n1 and is ready.', []],
  ['an eviction', snapshot({ spec: { nodeName: 'n1' }, status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }), 'has failed (Evicted: low on memory).', []],
  ['grace', snapshot({ spec: { nodeName: 'n1' }, metadata: { deletionTimestamp: '2026-01-01T00:10:20Z' }, status: { phase: 'Running', containerStatuses: [running()] } }), 'is being deleted.', [/Containers are ending \(app\); they have 20 s more/]],
  ['a dead node', snapshot({ spec: { nodeName: 'n1' }, metadata: { deletionTimestamp: '2026-01-01T00:09:00Z', finalizers: ['example.com/backup'] } }, { node: DEAD_NODE }), 'is being deleted.', [/Finalizer example\.com\/backup belongs to a program of "example\.com"/, /node n1 does not report, so nobody knows/]],
  ['a node that is gone', snapshot({ spec: { nodeName: 'n1' }, metadata: { deletionTimestamp: '2026-01-01T00:09:00Z' } }, { node: 'missing' }), 'is being deleted.', [/node n1 does not exist any more/]],
])('explainPod: %s', (_what, given, summary, findings) => {
  const explained = explainPod(given);
  expect([explained.subject, explained.summary]).toEqual(['pod shop/web', summary]);
  expect(explained.findings.map(({ text }) => text)).toEqual(findings.map((one) => expect.stringMatching(one)));
});

test('referencesOf names what a pod cannot do without', () => {
  const { pod } = snapshot({ spec: {
    containers: [{ name: 'app', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'user' } } }, { name: 'B', valueFrom: { configMapKeyRef: { name: 'maybe', key: 'x', optional: true } } }], envFrom: [{ configMapRef: { name: 'conf' } }] }],
    volumes: [{ name: 'v', secret: { secretName: 'db', items: [{ key: 'password', path: 'p' }] } }, { name: 'd', persistentVolumeClaim: { claimName: 'data' } }, { name: 'tmp', ephemeral: {} }],
  } });
  expect(referencesOf(pod)).toEqual([{ kind: 'ConfigMap', name: 'conf', keys: [] }, { kind: 'Secret', name: 'db', keys: ['user', 'password'] }, { kind: 'PersistentVolumeClaim', name: 'data', keys: [] }, { kind: 'PersistentVolumeClaim', name: 'web-tmp', keys: [] }]);
});
