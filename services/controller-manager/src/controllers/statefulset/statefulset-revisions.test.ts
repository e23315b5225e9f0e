import type { appsV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { revisionData, type Revision } from '../history/controller-revisions.ts';
import { revisionHash } from './revision-hash.ts';
import { settleRevisions, surplusRevisions } from './statefulset-revisions.ts';

const template = (image: string): coreV1.PodTemplateSpec => ({ metadata: { labels: { app: 's' } }, spec: { containers: [{ name: 'main', image }] } } as unknown as coreV1.PodTemplateSpec); // a template's metadata has no name

function set(image: string, status: Partial<appsV1.StatefulSetStatus> = {}, spec: Partial<appsV1.StatefulSetSpec> = {}): appsV1.StatefulSet & { spec: appsV1.StatefulSetSpec } {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace: 'ns', uid: 'set', annotations: { note: 'x' } }, spec: { selector: {}, template: template(image), ...spec }, status: { replicas: 0, ...status } };
}

function revision(name: string, number: number, image: string): Revision {
  return { apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number, metadata: { name, namespace: 'ns' }, data: revisionData(set(image)) };
}

const told = (actions: readonly Action[]): string[] => actions.map((action) => {
  const one = action.do === 'create' || action.do === 'update' ? action.object as Revision : undefined; // only revisions are written
  return one === undefined ? `- ${action.do === 'delete' ? action.target.name : ''}` : `${action.do} ${one.metadata.name} ${one.revision}`;
});

const name = (image: string, collisions = 0): string => `s-${revisionHash(revisionData(set(image)), collisions)}`;
const [a, b, c] = [revision('s-a', 1, 'a'), revision('s-b', 2, 'b'), revision('s-c', 3, 'c')];

interface Settled { image: string; owned: Revision[]; status?: Partial<appsV1.StatefulSetStatus>; taken?: Revision[] }

test.each<[string, Settled, { current: string; update: string; collisionCount: number; actions: string[] }]>([
  ['the first template', { image: 'a', owned: [] }, { current: name('a'), update: name('a'), collisionCount: 0, actions: [`create ${name('a')} 1`] }],
  ['the same template', { image: 'b', owned: [b, a], status: { currentRevision: 's-a' } }, { current: 's-a', update: 's-b', collisionCount: 0, actions: [] }],
  ['a new template', { image: 'd', owned: [a, b, c], status: { currentRevision: 's-c' } }, { current: 's-c', update: name('d'), collisionCount: 0, actions: [`create ${name('d')} 4`] }],
  ['a template of before', { image: 'a', owned: [a, b, c], status: { currentRevision: 's-c' } }, { current: 's-c', update: 's-a', collisionCount: 0, actions: ['update s-a 4'] }],
  ['a current revision that is gone', { image: 'a', owned: [a], status: { currentRevision: 's-x' } }, { current: 's-a', update: 's-a', collisionCount: 0, actions: [] }],
  ['a name that another revision has', { image: 'd', owned: [a], taken: [revision(name('d'), 9, 'z')] }, { current: name('d', 1), update: name('d', 1), collisionCount: 1, actions: [`create ${name('d', 1)} 2`] }],
  ['a name that the same revision has', { image: 'd', owned: [a], taken: [revision(name('d'), 9, 'd')] }, { current: name('d'), update: name('d'), collisionCount: 0, actions: [] }],
  ['collisions of before', { image: 'd', owned: [a], status: { collisionCount: 2 } }, { current: name('d', 2), update: name('d', 2), collisionCount: 2, actions: [`create ${name('d', 2)} 2`] }],
])('settleRevisions with %s', (_name, { image, owned, status = {}, taken = [] }, want) => {
  const { current, update, collisionCount, actions } = settleRevisions(set(image, status), owned, (wanted) => taken.find(({ metadata }) => metadata.name === wanted));
  expect({ current: current.metadata.name, update: update.metadata.name, collisionCount, actions: told(actions) }).toEqual(want);
});

test('a template that is only written differently is the same', () => {
  const written = revision('s-a', 1, 'a');
  const spec = { ...template('a').spec, nodeSelector: {}, volumes: [] };
  expect(told(settleRevisions(set('a', {}, { template: { ...template('a'), spec: spec as unknown as coreV1.PodSpec } }), [written], () => undefined).actions)).toEqual([]); // what the type does without
});

test('a new revision has the template\'s labels, its hash and the set\'s annotations', () => {
  const [created] = settleRevisions(set('a'), [], () => undefined).actions;
  expect(created?.do === 'create' && (created.object as Revision).metadata).toEqual({
    name: name('a'), namespace: 'ns', annotations: { note: 'x' }, labels: { app: 's', 'controller.kubernetes.io/hash': name('a').slice(2) },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'set', controller: true, blockOwnerDeletion: true }],
  });
});

test.each([[0, ['- s-a', '- s-c']], [1, ['- s-a']], [2, []]])('surplusRevisions beyond %i, live ones aside', (revisionHistoryLimit, want) => {
  expect(told(surplusRevisions(set('a', {}, { revisionHistoryLimit }), [c, b, a], (one) => one === 's-b'))).toEqual(want);
});

test('revisionHash sorts keys as Go does, also those that look like numbers', () => {
  expect(revisionHash({ b: 1, 10: 2, 9: { z: '<' } }, 0)).toBe(revisionHash({ 9: { z: '<' }, 10: 2, b: 1 }, 0));
});
