import type { appsV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcile } from './statefulset-controller.ts';

const template = { metadata: { labels: { app: 's' } }, spec: { containers: [{ name: 'main', image: 'i' }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name

function set(spec: Partial<appsV1.StatefulSetSpec> = {}): appsV1.StatefulSet {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace: 'ns', uid: 'set', generation: 1 }, spec: { replicas: 3, selector: { matchLabels: { app: 's' } }, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, podManagementPolicy: 'OrderedReady', ...spec } };
}

function pod(ordinal: number, { ready = true, revision = 'old' }: { ready?: boolean; revision?: string } = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `s-${ordinal}`, namespace: 'ns', uid: `${ordinal}`, labels: { app: 's', 'controller-revision-hash': revision }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'set', controller: true }] },
    spec: { containers: [] }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
}

function plan(one: appsV1.StatefulSet, pods: coreV1.Pod[]): string[] {
  const flat = (action: Action): Action[] => ('actions' in action ? action.actions.flatMap(flat) : [action]);
  const named = (action: Action): string[] => {
    if (action.do === 'create') return [`+${(action.object as { metadata: { name: string } }).metadata.name}`]; // all of them have names
    return action.do === 'delete' ? [`-${action.target.name ?? ''}`] : [];
  };
  return reconcile({ set: one, candidates: pods, revisions: [], claimNamed: () => undefined }, Date.parse('2026-01-02T00:00:00Z')).actions.flatMap(flat).filter((action) => !('resource' in action) || action.resource.resource !== 'controllerrevisions').flatMap(named);
}

test.each<[string, appsV1.StatefulSet, coreV1.Pod[], string[]]>([
  ['begins with the first', set(), [], ['+s-0']],
  ['goes on when it is ready', set(), [pod(0)], ['+s-1']],
  ['waits while it is not', set(), [pod(0, { ready: false })], []],
  ['makes all at once when told', set({ podManagementPolicy: 'Parallel' }), [], ['+s-0', '+s-1', '+s-2']],
  ['counts from its first ordinal', set({ ordinals: { start: 5 } }), [], ['+s-5']],
  ['makes claims first', set({ volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }] }), [], ['+data-s-0', '+s-0']],
  ['shrinks from the top', set({ replicas: 1 }), [pod(0), pod(1), pod(2)], ['-s-2']],
  ['updates from the top', set(), [pod(0), pod(1), pod(2)], ['-s-2']],
  ['updates down to the partition', set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } }), [pod(0), pod(1), pod(2)], []],
  ['updates nothing by itself on delete', set({ updateStrategy: { type: 'OnDelete' } }), [pod(0), pod(1), pod(2)], []],
])('a StatefulSet %s', (_name, one, pods, want) => { expect(plan(one, pods)).toEqual(want); });
