import { selectorFromLabels, type ObjectMeta } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { adoptingOwner, claim, wouldAdopt } from './ownership.ts';

const selector = selectorFromLabels({ app: 'a' });
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'o', namespace: 'ns', uid: 'owner' } };
const reference = (uid: string): ObjectMeta['ownerReferences'] => [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'o', uid, controller: true }];

interface Given { labels?: Record<string, string>; ownedBy?: string; going?: boolean }

function pod(name: string, { labels = { app: 'a' }, ownedBy, going = false }: Given = {}): { metadata: ObjectMeta } {
  return { metadata: { name, namespace: 'ns', uid: name, labels, ...(ownedBy !== undefined && { ownerReferences: reference(ownedBy) ?? [] }), ...(going && { deletionTimestamp: 'then' }) } };
}

const DELETED = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: 'then' } };

test.each<[string, typeof owner, Given, { owned: boolean; writes: boolean }]>([
  ['its own', owner, { ownedBy: 'owner' }, { owned: true, writes: false }],
  ['its own, which matches no more', owner, { ownedBy: 'owner', labels: {} }, { owned: false, writes: true }],
  ['another\'s', owner, { ownedBy: 'other' }, { owned: false, writes: false }],
  ['an orphan', owner, {}, { owned: true, writes: true }],
  ['an orphan that does not match', owner, { labels: {} }, { owned: false, writes: false }],
  ['an orphan that is going', owner, { going: true }, { owned: false, writes: false }],
  ['its own that is going', owner, { ownedBy: 'owner', going: true }, { owned: true, writes: false }],
  ['an orphan, while it is deleted itself', DELETED, {}, { owned: false, writes: false }],
  ['its own, which matches no more, while it is deleted itself', DELETED, { ownedBy: 'owner', labels: {} }, { owned: false, writes: false }],
])('an owner claims %s', (_name, one, given, want) => {
  const { owned, actions } = claim(one, appsV1Resources.replicasets, selector, [pod('p', given)], coreV1Resources.pods as never); // metadata is all that matters here
  expect({ owned: owned.length === 1, writes: actions.length === 1 }).toEqual(want);
  expect(wouldAdopt(selector, [pod('p', given)])).toBe(given.ownedBy === undefined && given.labels === undefined && given.going !== true);
});

test('who does not suit is let go and not adopted', () => {
  const suits = ({ metadata }: { metadata: ObjectMeta }): boolean => metadata.name !== 'x';
  const { owned, actions } = claim(owner, appsV1Resources.replicasets, selector, [pod('x'), pod('x', { ownedBy: 'owner' }), pod('y')], coreV1Resources.pods as never, { suits }); // as above
  expect([owned.map(({ metadata }) => metadata.name), actions.map((action) => action.do === 'patch' && action.target.name), wouldAdopt(selector, [pod('x')], suits)]).toEqual([['y'], ['x', 'y'], false]);
});

test.each<[string, object | undefined, string | undefined]>([
  ['is there', {}, 'adopts'], ['was just deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'deleted'], ['is another by now', { uid: 'new' }, undefined], ['is gone', undefined, undefined],
])('an owner that %s, before it adopts', async (_name, stored, want) => {
  const client = createFakeClient(stored === undefined ? [] : [{ ...owner, metadata: { ...owner.metadata, ...stored } }]);
  const outcome = await adoptingOwner(owner, appsV1Resources.replicasets, { client, signal: new AbortController().signal }).then(({ metadata }) => ('deletionTimestamp' in metadata ? 'deleted' : 'adopts'), () => undefined);
  expect(outcome).toBe(want);
});
