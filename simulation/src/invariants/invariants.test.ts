import type { History, Stored } from '../history/history.ts';
import { exactJobCounts } from './exact-job-counts.ts';
import { judged, object } from './judged.fixture.ts';
import { noOrphans } from './no-orphans.ts';
import { quotaBound } from './quota-bound.ts';
import { acknowledgedWrites } from './acknowledged-writes.ts';
import { surgeBound } from './surge-bound.ts';
import { unavailabilityBound } from './unavailability-bound.ts';

test('quotaBound counts pods that have not ended', () => {
  const quota = object('q', { spec: { hard: { pods: '1' } } });
  const ended = object('p1', { status: { phase: 'Succeeded' } });
  expect(judged(quotaBound(), [['resourcequotas', quota], ['pods', object('p1')], ['pods', ended], ['pods', object('p2')], ['pods', object('p3')]])).toEqual([undefined, undefined, undefined, undefined, '2 pods in n, where 1 are allowed']);
});

test('surgeBound adds up ReplicaSets, and allows what was allowed a moment ago', () => {
  const web = (replicas: number): Stored => object('web', { spec: { replicas, strategy: { rollingUpdate: { maxSurge: '25%' } } } });
  const set = (uid: string, replicas: number): Stored => object(uid, { spec: { replicas } }, ['Deployment', 'web']);
  expect(judged(surgeBound(), [
    ['deployments', web(4)], ['replicasets', set('old', 4)], ['replicasets', set('new', 1)], ['replicasets', set('new', 2)],
    ['deployments', web(2)], ['replicasets', set('old', 3)], ['replicasets', set('new', 3)],
  ])).toEqual([undefined, undefined, undefined, '6 replicas wanted of web, at most 5 are allowed', undefined, undefined, '6 replicas wanted of web, at most 5 are allowed']);
});

test('unavailabilityBound wants enough to remain by what ReplicaSets could have been seen to say', () => {
  const web = object('web', { spec: { replicas: 4, strategy: { rollingUpdate: { maxUnavailable: 1 } } } });
  const set = (uid: string, replicas: number, available: number, noted = '4'): Stored => object(uid, { metadata: { name: uid, annotations: { 'deployment.kubernetes.io/desired-replicas': noted } }, spec: { replicas }, status: { availableReplicas: available } }, ['Deployment', 'web']);
  const wrong = 'old shrinks from 3 to 2: at most 2 pods remain that are available, 3 are needed';
  const begun = [['deployments', web], ['replicasets', set('old', 4, 4)], ['replicasets', set('new', 1, 0)]] as const;
  const said = (...writes: (readonly [string, Stored])[]): unknown[] => judged(unavailabilityBound(), [...begun, ...writes]).slice(begun.length);
  expect(said(['replicasets', set('old', 3, 4)], ['replicasets', set('old', 2, 3)])).toEqual([undefined, 'old shrinks from 3 to 2: at most 2 pods remain that are available, 3 are needed']);
  expect(said(['replicasets', set('old', 3, 3)], ['replicasets', set('new', 1, 1)], ['replicasets', set('old', 2, 3)])).toEqual([undefined, undefined, undefined]);
  expect(said(['replicasets', set('old', 3, 3)], ['replicasets', set('new', 1, 1)], ['replicasets', set('new', 1, 0)], ['replicasets', set('old', 2, 3)])).toEqual([undefined, undefined, undefined, undefined]); // a late cache
  expect(said(['replicasets', set('old', 3, 2)], ['replicasets', set('old', 2, 2)])).toEqual([undefined, undefined]); // none goes that is available
  expect(said(['replicasets', set('old', 3, 3)], ['replicasets', set('old', 2, 3, '3')])).toEqual([undefined, undefined]); // a change of size
  expect(said(['replicasets', set('old', 3, 3)], ['replicasets', set('old', 2, 3)])).toEqual([undefined, wrong]);
});

test('acknowledgedWrites wants in etcd what servers say they wrote', () => {
  const invariant = acknowledgedWrites();
  const said = (method: string, resourceVersion: string): string | undefined => invariant.taken?.({ process: 'p', request: { method, path: '/x' }, response: { status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify({ metadata: { uid: 'a', resourceVersion } })) }, atMs: 5 }, {} as History); // it asks nothing of it
  const observe = (revision: number, now: Stored | undefined): unknown => invariant.observe?.({ revision, atMs: revision, resource: 'pods', key: '/a', object: now, previous: object('a') }, {} as History); // as above
  observe(3, object('a'));
  expect([said('PUT', '3'), said('PUT', '4')]).toEqual([undefined, 'PUT /x of p was taken at 4, where etcd has no such write']);
  expect(said('DELETE', '3')).toBe('DELETE /x of p was taken, and /a stays');
  observe(5, undefined);
  expect(said('DELETE', '5')).toBeUndefined();
});

test('exactJobCounts wants each pod that succeeded counted once', () => {
  const job = (succeeded: number, conditions: object[] = []): Stored => object('job', { status: { succeeded, conditions } });
  const pod = (uid: string): Stored => object(uid, { status: { phase: 'Succeeded' } }, ['Job', 'job']);
  const complete = [{ type: 'Complete', status: 'True' }];
  expect(judged(exactJobCounts(), [['pods', pod('a')], ['pods', pod('a')], ['jobs', job(1)], ['jobs', job(2)]])).toEqual([undefined, undefined, undefined, 'job says that 2 pods succeeded, only 1 did']);
  const indexed = (uid: string): Stored => { const made = pod(uid); return { ...made, metadata: { ...made.metadata, annotations: { 'batch.kubernetes.io/job-completion-index': '0' } } }; };
  expect(judged(exactJobCounts(), [['pods', indexed('a')], ['pods', indexed('b')], ['jobs', job(1, complete)]])).toEqual([undefined, undefined, undefined]);
  expect(judged(exactJobCounts(), [['pods', pod('a')], ['pods', pod('b')], ['jobs', job(1, complete)]])).toEqual([undefined, undefined, undefined, 'job counts 1 pods that succeeded, 2 did']);
});

test('noOrphans wants owners alive and deletions done', () => {
  expect(judged(noOrphans(), [['replicasets', object('set')], ['pods', object('kept', {}, ['ReplicaSet', 'set'])], ['pods', object('left', {}, ['ReplicaSet', 'gone'])], ['jobs', object('j', { metadata: { name: 'j', namespace: 'n', uid: 'j', deletionTimestamp: 'now', finalizers: ['f'] } })]]))
    .toEqual([undefined, undefined, undefined, undefined, 'pods n/left has outlived ReplicaSet gone', 'jobs n/j is not gone: finalizers f']);
});
