import { deployment, replicaSet } from './workload.fixture.ts';
import { byRevision } from './replica-set-order.ts';
import { DESIRED_REPLICAS, lastRevision, MAX_REPLICAS, maxRevision, newReplicaSetAnnotations, REVISION, REVISION_HISTORY, ROLLBACK_TO, rollbackTarget, rolledBackAnnotations } from './revisions.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

describe('newReplicaSetAnnotations', () => {
  const owner = deployment({ replicas: 4, surge: 1, annotations: { note: 'x', [REVISION]: '7', [LAST_APPLIED]: '{}', [ROLLBACK_TO]: '1' } });

  test.each<[string, Record<string, string>, bigint, boolean, Record<string, string>]>([
    ['of a new one have the Deployment\'s own, but not its bookkeeping', {}, 1n, false, { note: 'x', [REVISION]: '1', [DESIRED_REPLICAS]: '4', [MAX_REPLICAS]: '5' }],
    ['of one that comes back keep what it was', { [REVISION]: '1', kept: 'y' }, 3n, true, { note: 'x', kept: 'y', [REVISION]: '3', [REVISION_HISTORY]: '1' }],
    ['of one that comes back again, too', { [REVISION]: '3', [REVISION_HISTORY]: '1' }, 5n, true, { note: 'x', [REVISION]: '5', [REVISION_HISTORY]: '1,3' }],
    ['never count down', { [REVISION]: '9' }, 5n, true, { note: 'x', [REVISION]: '9' }],
    ['are left alone where the revision is no number', { [REVISION]: 'mine' }, 5n, true, { [REVISION]: 'mine' }],
    ['are left alone beyond 64 bits', { [REVISION]: '9223372036854775808' }, 5n, true, { [REVISION]: '9223372036854775808' }],
    ['count exactly', { [REVISION]: '3546343826724305832' }, 3546343826724305833n, true, { note: 'x', [REVISION]: '3546343826724305833', [REVISION_HISTORY]: '3546343826724305832' }],
  ])('%s', (_name, present, revision, exists, want) => { expect(newReplicaSetAnnotations(owner, present, revision, exists)).toEqual(want); });

  test('forget the oldest of a long history', () => {
    const history = Array.from({ length: 400 }, (_, i) => String(1000 + i)).join(','); // 1999 characters
    const { [REVISION_HISTORY]: next = '' } = newReplicaSetAnnotations(deployment(), { [REVISION]: '2000', [REVISION_HISTORY]: history }, 2001n, true);
    expect([next.length, next.slice(0, 9), next.slice(-9)]).toEqual([1999, '1001,1002', '1399,2000']);
  });
});

test('maxRevision and lastRevision pass over what is no number', () => {
  const strange = replicaSet({ name: 'strange' });
  const sets = [replicaSet({ revision: 2 }), replicaSet({ revision: 5 }), replicaSet({ revision: 4 }), { ...strange, metadata: { ...strange.metadata, annotations: { [REVISION]: 'x' } } }];
  expect([maxRevision(sets), lastRevision(sets), lastRevision(sets.slice(0, 1)), maxRevision([])]).toEqual([5n, 4n, 0n, 0n]);
});

test('byRevision falls back to age', () => {
  const sets = [replicaSet({ name: 'c', revision: 2 }), replicaSet({ name: 'b', age: 1 }), replicaSet({ name: 'a', revision: 1 }), replicaSet({ name: 'd', age: 5 })];
  expect([...sets].sort(byRevision).map(({ metadata }) => metadata.name)).toEqual(['d', 'b', 'a', 'c']);
});

test('rolledBackAnnotations are those of the ReplicaSet, with the Deployment\'s bookkeeping', () => {
  const owner = deployment({ annotations: { cause: 'edit', [REVISION]: '2', [LAST_APPLIED]: '{}', [ROLLBACK_TO]: '1' } });
  const set = replicaSet({ revision: 1, desired: 3 });
  expect(rolledBackAnnotations(owner, { ...set, metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, cause: 'create' } } })).toEqual({ cause: 'create', [REVISION]: '2', [LAST_APPLIED]: '{}' });
});

test.each([['3', 3n], ['0', 0n], ['', undefined], ['x', undefined], [undefined, undefined]])('rollbackTarget %j', (text, want) => {
  expect(rollbackTarget(deployment(text === undefined ? {} : { annotations: { [ROLLBACK_TO]: text } }))).toBe(want);
});
