import type { appsV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { revisionData, type Revision } from '../history/controller-revisions.ts';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { settleHistory, surplusHistory } from './daemon-history.ts';

const template = (image: string): coreV1.PodTemplateSpec => ({ metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image }] } } as unknown as coreV1.PodTemplateSpec); // a template's metadata has no name

function set(image: string, { collisionCount, limit }: { collisionCount?: number; limit?: number } = {}): appsV1.DaemonSet & { spec: appsV1.DaemonSetSpec } {
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'ns', uid: 'set' }, spec: { selector: {}, template: template(image), ...(limit !== undefined && { revisionHistoryLimit: limit }) },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0, ...(collisionCount !== undefined && { collisionCount }) },
  };
}

function revision(name: string, number: number, image: string, labels: Record<string, string> = { 'controller-revision-hash': name }): Revision {
  return { apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number, metadata: { name, namespace: 'ns', labels }, data: revisionData(set(image)) };
}

function pod(name: string, hash: string): coreV1.Pod { return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', labels: { 'controller-revision-hash': hash } } }; }

const told = (actions: readonly Action[]): string[] => actions.flatMap((action) => {
  if (action.do === 'patch' || action.do === 'delete') return [`${action.do} ${action.target.name}`];
  if (action.do !== 'create' && action.do !== 'update') return [];
  const one = action.object as Revision; // or the set itself, with its status
  return [`${action.do} ${one.metadata.name} ${(one as { status?: appsV1.DaemonSetStatus }).status?.collisionCount ?? one.revision}`];
});

const hash = (image: string, collisions?: number): string => podTemplateHash(template(image), collisions);
const [a, b] = [revision('a', 1, 'a'), revision('b', 2, 'b')];

interface Settled { one: appsV1.DaemonSet; owned: Revision[]; pods?: coreV1.Pod[]; taken?: Revision }

test.each<[string, Settled, { hash: string | undefined; old: string[]; actions: string[] }]>([
  ['the first template', { one: set('a'), owned: [] }, { hash: hash('a'), old: [], actions: [`create d-${hash('a')} 1`] }],
  ['the same template', { one: set('b'), owned: [b, a] }, { hash: 'b', old: ['a'], actions: [] }],
  ['a template of before', { one: set('a'), owned: [a, b] }, { hash: 'a', old: ['b'], actions: ['update a 3'] }],
  ['a new template', { one: set('c'), owned: [a, b] }, { hash: hash('c'), old: ['a', 'b'], actions: [`create d-${hash('c')} 3`] }],
  ['a name that another revision has', { one: set('c'), owned: [], taken: revision(`d-${hash('c')}`, 1, 'z') }, { hash: undefined, old: [], actions: ['update d 1'] }],
  ['the count of that', { one: set('c', { collisionCount: 1 }), owned: [] }, { hash: hash('c', 1), old: [], actions: [`create d-${hash('c', 1)} 1`] }],
  ['a name that the same revision has', { one: set('c'), owned: [], taken: revision(`d-${hash('c')}`, 1, 'c', { 'controller-revision-hash': 'x' }) }, { hash: 'x', old: [], actions: [] }],
  ['a revision without a label', { one: set('a'), owned: [revision('early', 1, 'a', {}), b] }, { hash: 'early', old: ['b'], actions: ['update early 3'] }],
  ['twins', { one: set('a'), owned: [a, revision('a2', 3, 'a')], pods: [pod('p', 'a'), pod('q', 'a2')] }, { hash: 'a2', old: [], actions: ['patch p', 'delete a'] }],
])('settleHistory with %s', (_name, { one, owned, pods = [], taken }, want) => {
  const settled = settleHistory(one, owned, pods, (name) => (taken?.metadata.name === name ? taken : undefined));
  expect({ hash: settled.hash, old: settled.old.map(({ metadata }) => metadata.name), actions: told(settled.actions) }).toEqual(want);
});

test.each<[string, number | undefined, coreV1.Pod[], string[]]>([
  ['the oldest go', 1, [], ['delete a', 'delete b']],
  ['those that pods name are passed over', 1, [pod('p', 'a')], ['delete b', 'delete c']],
  ['ten are kept unless told', undefined, [], []],
])('surplusHistory: %s', (_name, limit, pods, want) => {
  expect(told(surplusHistory(set('x', limit === undefined ? {} : { limit }), [revision('c', 3, 'c'), b, a], pods))).toEqual(want);
});
