import { forbidden, selectorFromLabels, type StatusError } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcile, type Replicated } from './replication.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00Z');

function owner(spec: Partial<NonNullable<Replicated['spec']>> = {}, status: Partial<appsV1.ReplicaSetStatus> = {}): Replicated {
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'r', namespace: 'ns', uid: 'owner', generation: 3 },
    spec: { replicas: 2, template: { metadata: { labels: { app: 'r', full: 'yes' } }, spec: { containers: [] } } as unknown as coreV1.PodTemplateSpec, ...spec }, // a template's metadata has no name
    status: { replicas: 0, ...status },
  };
}

interface GivenPod { ready?: number; phase?: string; going?: boolean; labels?: Record<string, string>; orphan?: boolean }

function pod(name: string, { ready, phase = 'Running', going = false, labels = {}, orphan = false }: GivenPod = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', spec: { containers: [], nodeName: 'n' },
    metadata: {
      name, namespace: 'ns', uid: name, labels: { app: 'r', full: 'yes', ...labels }, ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      ownerReferences: orphan ? [] : [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'owner', controller: true }],
    },
    status: { phase, conditions: ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(NOW_MS - ready * 1000).toISOString() }] },
  };
}

function plan(one: Replicated, pods: coreV1.Pod[], countsTerminating = true): ReturnType<typeof reconcile> {
  return reconcile({ owner: one, resource: appsV1Resources.replicasets, selector: selectorFromLabels({ app: 'r' }), candidates: pods, siblingsOn: () => 0, countsTerminating }, NOW_MS);
}

const statusOf = (actions: readonly Action[]): appsV1.ReplicaSetStatus | undefined => actions.flatMap((action) => (action.do === 'update' ? [action.object.status as appsV1.ReplicaSetStatus] : []))[0]; // of a ReplicaSet

function moves(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => ('actions' in action ? action.actions.map((one) => (one.do === 'delete' ? `-${one.target.name}` : '+')) : action.do === 'patch' ? [`~${action.target.name}`] : []));
}

test.each<[string, Replicated, coreV1.Pod[], string[]]>([
  ['makes what is missing', owner(), [], ['+', '+']],
  ['does not count what is going or has ended', owner(), [pod('a', { going: true }), pod('b', { phase: 'Failed' }), pod('c', { phase: 'Succeeded' })], ['+', '+']],
  ['adopts before it makes', owner(), [pod('a', { orphan: true })], ['~a', '+']],
  ['lets go and replaces what matches no more', owner(), [pod('a', { labels: { app: 'x' } }), pod('b')], ['~a', '+']],
  ['deletes what is too much, unready first', owner({ replicas: 1 }), [pod('a', { ready: 9 }), pod('b')], ['-b']],
  ['makes at most a burst at once', owner({ replicas: 2000 }), [], Array.from({ length: 500 }, () => '+')],
  ['deletes at most a burst at once', owner({ replicas: 0 }), Array.from({ length: 600 }, (_, i) => pod(`p${i}`)), Array.from({ length: 500 }, (_, i) => `-p${i}`)],
])('a ReplicaSet %s', (_name, one, pods, want) => { expect(moves(plan(one, pods).actions)).toEqual(want); });

test('one that is being deleted neither makes nor adopts', () => {
  const one = owner();
  expect(moves(plan({ ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, [pod('a', { orphan: true })]).actions)).toEqual([]);
});

test('status counts, and tells when to count again', () => {
  const pods = [pod('a', { ready: 60 }), pod('b', { ready: 4 }), pod('c', { labels: { full: 'no' } }), pod('d', { going: true }), pod('e', { going: true, phase: 'Failed' })];
  const { actions, againAfterMs } = plan(owner({ replicas: 3, minReadySeconds: 10 }), pods);
  expect([statusOf(actions), againAfterMs]).toEqual([{ replicas: 3, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 1, terminatingReplicas: 1, observedGeneration: 3 }, 6000]);
  expect(statusOf(plan(owner({ replicas: 3 }), pods, false).actions)).toEqual({ replicas: 3, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 3 });
});

describe('a failure', () => {
  const refusal = forbidden(coreV1Resources.pods, 'p', 'exceeded quota: q');
  const failed = (one: Replicated, pods: coreV1.Pod[], error: StatusError): appsV1.ReplicaSetStatus | undefined => statusOf(plan(one, pods).actions.flatMap((action) => ('failed' in action ? action.failed?.(error, 0) ?? [] : [])));
  const condition = { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2026-01-02T00:00:00Z' };

  test('to make pods is told', () => { expect(failed(owner(), [], refusal)?.conditions).toEqual([{ ...condition, reason: 'FailedCreate', message: refusal.message }]); });

  test('to delete them, too', () => {
    expect(failed(owner({ replicas: 0 }), [pod('a')], refusal)?.conditions).toEqual([{ ...condition, reason: 'FailedDelete', message: `unable to delete pods: ${refusal.message}` }]);
  });

  test('stays as it was first told, and goes with the first success', () => {
    const before = owner({}, { replicas: 0, conditions: [{ ...condition, reason: 'FailedCreate', message: 'first' }] });
    expect(failed(before, [], refusal)?.conditions?.map(({ message }) => message)).toEqual(['first']);
    expect(statusOf(plan(before, [pod('a'), pod('b')]).actions)?.conditions).toBeUndefined();
  });

  test('in a namespace that is being deleted is none', () => {
    const [group] = plan(owner(), []).actions;
    const create = group?.do === 'slow-start' ? group.actions[0] : undefined;
    const terminating = Object.assign(forbidden(coreV1Resources.pods, 'p', 'x'), { details: { causes: [{ reason: 'NamespaceTerminating' }] } });
    expect(create?.do === 'create' && create.otherwise?.(terminating)).toEqual({ handled: true });
  });
});
