import { forbidden } from '@kubernode/apimachinery';
import { coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { reconcile } from './daemonset-controller.ts';
import { FailedPodBackoff } from './failed-pod-backoff.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00Z');
const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'i' }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
const hash = podTemplateHash(template);
const TAINTS: coreV1.Taint[] = [{ key: 'k', effect: 'NoSchedule' }];

function set(spec: Partial<appsV1.DaemonSetSpec> = {}): appsV1.DaemonSet {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'ns', uid: 'set', generation: 1 }, spec: { selector: { matchLabels: { app: 'd' } }, template, updateStrategy: rolling({ maxUnavailable: 1, maxSurge: 0 }), ...spec } };
}

function rolling(rollingUpdate: appsV1.RollingUpdateDaemonSet): appsV1.DaemonSetUpdateStrategy { return { type: 'RollingUpdate', rollingUpdate }; }
const SURGE: Partial<appsV1.DaemonSetSpec> = { updateStrategy: rolling({ maxUnavailable: 0, maxSurge: 1 }) };

function node(name: string, spec: coreV1.NodeSpec = {}): coreV1.Node { return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec }; }

interface GivenPod { /** Of the present template. */ fresh?: boolean; ready?: boolean; /** Seconds since it became so. */ since?: number; phase?: string; going?: boolean; name?: string; age?: number; bound?: boolean }

function pod(nodeName: string, { fresh = true, ready = true, since = 60, phase = 'Running', going = false, name = `on-${nodeName}`, age = 100, bound = true }: GivenPod = {}): coreV1.Pod {
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] } } };
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'ns', uid: name, labels: { app: 'd', 'controller-revision-hash': fresh ? hash : 'old' }, creationTimestamp: new Date(NOW_MS - age * 1000).toISOString(), ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'set', controller: true }],
    },
    spec: { containers: [], affinity, ...(bound && { nodeName }) },
    status: { phase, conditions: ready && phase === 'Running' ? [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(NOW_MS - since * 1000).toISOString() }] : [] },
  };
}

const old = (nodeName: string, given: GivenPod = {}): coreV1.Pod => pod(nodeName, { fresh: false, name: `old-${nodeName}`, age: 1000, ...given });

function flat(action: Action): Action[] { return 'actions' in action ? action.actions.flatMap(flat) : [action]; }

function actionsOf(one: appsV1.DaemonSet, pods: coreV1.Pod[], nodes: coreV1.Node[], backoff: FailedPodBackoff = new FailedPodBackoff()): readonly Action[] {
  return reconcile({ set: one, candidates: pods, nodes, revisions: [], backoff }, NOW_MS).actions;
}

/** `+` made on a node, `-` deleted, else the reason and message of an event. */
function plan(one: appsV1.DaemonSet, pods: coreV1.Pod[], nodes: coreV1.Node[], backoff?: FailedPodBackoff): string[] {
  return actionsOf(one, pods, nodes, backoff).flatMap(flat).flatMap((action) => {
    if (action.do === 'delete') return [`-${action.target.name}`];
    if (action.do === 'event') return [`${action.reason}: ${action.message}`];
    return action.do === 'create' && action.resource.resource === 'pods' ? [`+${(action.object as coreV1.Pod).spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? ''}`] : []; // a pod
  });
}

const abc = ['a', 'b', 'c'].map((name) => node(name));

describe('placement', () => {
  test.each<[string, appsV1.DaemonSet, coreV1.Pod[], coreV1.Node[], string[]]>([
    ['each node gets a daemon', set(), [pod('a')], abc, ['+b', '+c']],
    ['one that is not bound yet counts', set(), [pod('a', { bound: false, phase: 'Pending' })], [node('a')], []],
    ['one that is going counts', set(), [pod('a', { going: true })], [node('a')], []],
    ['one that has ended and is going does not', set(), [pod('a', { going: true, phase: 'Failed' })], [node('a')], ['+a']],
    ['a tainted node gets none', set(), [], [node('a', { taints: TAINTS })], []],
    ['a taint leaves what is there', set(), [pod('a')], [node('a', { taints: TAINTS })], []],
    ['a taint that evicts does not', set(), [pod('a')], [node('a', { taints: [{ key: 'k', effect: 'NoExecute' }] })], ['-on-a']],
    ['a node that is not selected any more loses its own', set({ template: { ...template, spec: { containers: [], nodeSelector: { disk: 'ssd' } } } }), [pod('a', { fresh: false })], [node('a')], ['-on-a']],
    ['of several the one bound first stays', set(), [pod('a', { name: 'x', age: 10 }), pod('a', { name: 'y', bound: false, age: 99 }), pod('a', { name: 'z', age: 50 })], [node('a')], ['-x', '-y']],
    ['one made for a node that is gone goes, if it is not bound', set(), [pod('gone', { bound: false }), pod('away')], [], ['-on-gone']],
    ['one that has ended well is made anew', set(), [pod('a', { phase: 'Succeeded' })], [node('a')], ['SucceededDaemonPod: Found succeeded daemon pod ns/on-a on node a, will try to delete it', '-on-a']],
    ['one that failed, too', set(), [pod('a', { phase: 'Failed' })], [node('a')], ['FailedDaemonPod: Found failed daemon pod ns/on-a on node a, will try to kill it', '-on-a']],
    ['with surge, one that is going makes room at once', set(SURGE), [pod('a', { going: true })], [node('a')], ['+a']],
    ['with surge, an old and a new one stay until the new one works', set(SURGE), [old('a'), pod('a', { ready: false })], [node('a')], []],
    ['with surge, the old one goes when it works', set(SURGE), [old('a'), pod('a')], [node('a')], ['-old-a']],
    ['with surge, it stays while the new one does not for long enough', set({ ...SURGE, minReadySeconds: 100 }), [old('a', { since: 500 }), pod('a')], [node('a')], []],
    ['with surge, an old one that does not work goes', set(SURGE), [old('a', { ready: false }), pod('a', { ready: false })], [node('a')], ['-old-a']],
    ['with surge, one of each is enough', set(SURGE), [old('a'), old('a', { name: 'older', age: 2000 }), pod('a', { ready: false })], [node('a')], ['-old-a']],
  ])('%s', (_name, one, pods, nodes, want) => { expect(plan(one, pods, nodes)).toEqual(want); });

  test('a daemon that fails again and again is replaced ever later', () => {
    const backoff = new FailedPodBackoff();
    const failed = [pod('a', { phase: 'Failed' })];
    for (const action of actionsOf(set(), failed, [node('a')], backoff)) if (action.do === 'remember') action.note();
    expect(plan(set(), failed, [node('a')], backoff)).toEqual([]);
    expect(reconcile({ set: set(), candidates: failed, nodes: [node('a')], revisions: [], backoff }, NOW_MS + 400).againAfterMs).toBe(600);
  });
});

describe('a rollout', () => {
  test.each<[string, appsV1.DaemonSet, coreV1.Pod[], coreV1.Node[], string[]]>([
    ['takes one at a time', set(), [old('a'), old('b'), old('c')], abc, ['-old-a']],
    ['takes as many as may be missing', set({ updateStrategy: rolling({ maxUnavailable: 2 }) }), [old('a'), old('b'), old('c')], abc, ['-old-a', '-old-b']],
    ['rounds a share up', set({ updateStrategy: rolling({ maxUnavailable: '34%' }) }), [old('a'), old('b'), old('c')], abc, ['-old-a', '-old-b']],
    ['waits for the new to work', set(), [pod('a', { ready: false }), old('b'), old('c')], abc, []],
    ['waits for it to do so for long enough', set({ minReadySeconds: 100 }), [pod('a'), old('b', { since: 500 })], abc.slice(0, 2), []],
    ['waits for what is going', set(), [old('a', { going: true }), old('b')], abc.slice(0, 2), []],
    ['takes all that do not work anyway', set(), [old('a', { ready: false }), old('b', { ready: false }), old('c')], abc, ['-old-a', '-old-b']],
    ['counts daemons that only stay', set(), [old('a'), old('b', { ready: false })], [node('a'), node('b', { taints: TAINTS })], ['-old-b']],
    ['moves none on delete', set({ updateStrategy: { type: 'OnDelete' } }), [old('a')], [node('a')], []],
    ['allows one to be missing where nothing is allowed', set({ updateStrategy: rolling({ maxUnavailable: 0, maxSurge: 0 }) }), [old('a'), old('b')], abc.slice(0, 2), ['-old-a']],
    ['with surge makes new ones first', set(SURGE), [old('a'), old('b')], abc.slice(0, 2), ['+a']],
    ['with surge makes as many as may be too many', set({ updateStrategy: rolling({ maxSurge: '50%', maxUnavailable: 0 }) }), [old('a'), old('b'), old('c')], abc, ['+a', '+b']],
    ['with surge waits for those', set(SURGE), [old('a'), pod('a', { ready: false }), old('b')], abc.slice(0, 2), []],
    ['with surge replaces all that do not work at once', set(SURGE), [old('a', { ready: false }), old('b', { ready: false }), old('c')], abc, ['+a', '+b', '+c']],
    ['with surge keeps old ones where none belongs, until there are enough', set(SURGE), [old('a'), pod('b')], [node('a', { taints: TAINTS }), node('b'), node('c')], ['+c']],
    ['with surge lets them go then', set(SURGE), [old('a'), pod('b'), pod('c')], [node('a', { taints: TAINTS }), node('b'), node('c')], ['-old-a']],
    ['with surge lets broken ones go where none belongs', set(SURGE), [old('a', { ready: false }), pod('b')], [node('a', { taints: TAINTS }), node('b')], ['-old-a']],
  ])('%s', (_name, one, pods, nodes, want) => { expect(plan(one, pods, nodes)).toEqual(want); });
});

describe('the status', () => {
  const status = (one: appsV1.DaemonSet, pods: coreV1.Pod[], nodes: coreV1.Node[]): unknown => actionsOf(one, pods, nodes).flatMap((action) => (action.do === 'update' && action.subresource === 'status' ? [action.object.status] : []))[0];

  test('counts nodes by their oldest daemon', () => {
    const nodes = [...abc, node('d'), node('e', { taints: TAINTS })];
    const pods = [pod('a'), old('b'), pod('b', { ready: false }), pod('c', { since: 5 }), pod('e'), pod('gone')];
    expect(status(set({ minReadySeconds: 10 }), pods, nodes)).toEqual({ desiredNumberScheduled: 4, currentNumberScheduled: 3, numberMisscheduled: 1, numberReady: 3, updatedNumberScheduled: 2, numberAvailable: 2, numberUnavailable: 2, observedGeneration: 1 });
  });

  test('leaves out what is zero, but for what the API requires', () => { expect(status(set(), [], [])).toEqual({ desiredNumberScheduled: 0, currentNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0, observedGeneration: 1 }); });

  test('is told even where pods are refused', () => {
    const group = actionsOf(set(), [], abc).find((action) => action.do === 'all');
    expect(group?.failed?.(forbidden(coreV1Resources.pods, 'p', 'quota'), 0).map((action) => action.do === 'update' && action.subresource)).toEqual(['status']);
  });
});

test('one that is being deleted is left alone, one that selects all pods is refused', () => {
  const one = set();
  expect(plan({ ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, [], abc)).toEqual([]);
  expect(plan(set({ selector: {} }), [], abc)).toEqual(['SelectingAll: This daemon set is selecting all pods. A non-empty selector is required.']);
});
