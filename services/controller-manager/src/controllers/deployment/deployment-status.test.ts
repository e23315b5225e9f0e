import type { appsV1 } from '@kubernode/api';
import { deployment, NOW_MS, replicaSet, type GivenDeployment, type GivenSet } from './workload.fixture.ts';
import { countedStatus, isComplete, notedConditions, progressCheckAfterMs, rolloutStatus, type Rollout } from './deployment-status.ts';

type Condition = appsV1.DeploymentCondition;
const NOW = '2026-01-02T00:00:00Z';
const at = (secondsAgo: number): string => new Date(NOW_MS - secondsAgo * 1000).toISOString().replace('.000Z', 'Z');

function progressing(reason: string, status = 'True', secondsAgo = 60): Condition {
  return { type: 'Progressing', status, reason, message: 'm', lastUpdateTime: at(secondsAgo), lastTransitionTime: at(600) };
}

function rollout(given: GivenDeployment, newSet?: GivenSet, ...oldSets: GivenSet[]): Rollout {
  return { deployment: deployment(given), newSet: newSet && replicaSet(newSet), oldSets: oldSets.map(replicaSet), nowMs: NOW_MS };
}

test('countedStatus adds up the ReplicaSets', () => {
  const { conditions, ...counts } = countedStatus(rollout({ unavailable: 2, status: { collisionCount: 0 } }, { replicas: 4, available: 1 }, { replicas: 7, available: 7, status: { terminatingReplicas: 2 } }), []);
  expect(counts).toEqual({ observedGeneration: 1, replicas: 11, updatedReplicas: 4, readyReplicas: 8, availableReplicas: 8, unavailableReplicas: 3, terminatingReplicas: 2, collisionCount: 0 });
  expect(conditions).toEqual([{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.', lastUpdateTime: NOW, lastTransitionTime: NOW }]);
});

test('countedStatus tells of terminating pods only when each ReplicaSet that was looked at does', () => {
  const silent = { observedGeneration: 1, terminatingReplicas: undefined } as unknown as Partial<appsV1.ReplicaSetStatus>; // as written by a controller of an earlier release
  expect(countedStatus(rollout({}, { status: silent }), []).terminatingReplicas).toBeUndefined();
  expect(countedStatus(rollout({}, { status: { ...silent, observedGeneration: 0 } }, { status: { terminatingReplicas: 1 } }), []).terminatingReplicas).toBe(1);
});

test.each<[string, GivenDeployment, number, string]>([
  ['all there', {}, 10, 'True'], ['one missing', {}, 9, 'True'], ['two missing of none', {}, 8, 'False'], // none is one, where surge is none as well
  ['a share missing', { unavailable: '25%' }, 8, 'True'], ['none left of a recreated one', { recreate: true }, 9, 'False'], ['none of none', { replicas: 0 }, 0, 'True'],
])('Available with %s', (_name, given, available, want) => {
  expect(countedStatus(rollout(given, { replicas: 10, available }), []).conditions?.map(({ status }) => status)).toEqual([want]);
});

interface Judged { given?: GivenDeployment; before?: Condition[]; counted?: appsV1.DeploymentStatus; newSet?: GivenSet }

test.each<[string, Judged, [status: string, reason: string, message: string, updated: string, transitioned: string] | undefined]>([
  ['done', { before: [progressing('ReplicaSetUpdated')], newSet: { replicas: 10 } }, ['True', 'NewReplicaSetAvailable', 'ReplicaSet "web-1" has successfully progressed.', NOW, at(600)]],
  ['done before', { before: [progressing('NewReplicaSetAvailable')], newSet: { replicas: 10 } }, ['True', 'NewReplicaSetAvailable', 'm', at(60), at(600)]],
  ['done, a pod was lost and is made again', { before: [progressing('NewReplicaSetAvailable')], counted: { replicas: 10, updatedReplicas: 10, availableReplicas: 10 }, newSet: { replicas: 10, available: 9 } }, ['True', 'NewReplicaSetAvailable', 'm', at(60), at(600)]],
  ['one more is ready', { before: [progressing('ReplicaSetUpdated')], counted: { replicas: 10, updatedReplicas: 10, readyReplicas: 4, availableReplicas: 4 }, newSet: { replicas: 10, available: 5 } }, ['True', 'ReplicaSetUpdated', 'ReplicaSet "web-1" is progressing.', NOW, at(600)]],
  ['progress after it had stopped', { before: [progressing('ProgressDeadlineExceeded', 'False')], counted: { replicas: 10, updatedReplicas: 10 }, newSet: { replicas: 10, available: 5 } }, ['True', 'ReplicaSetUpdated', 'ReplicaSet "web-1" is progressing.', NOW, NOW]],
  ['nothing for a while', { before: [progressing('ReplicaSetUpdated')], counted: { replicas: 10, updatedReplicas: 10, readyReplicas: 5, availableReplicas: 5 }, newSet: { replicas: 10, available: 5 } }, ['True', 'ReplicaSetUpdated', 'm', at(60), at(600)]],
  ['nothing for too long', { before: [progressing('ReplicaSetUpdated', 'True', 601)], counted: { replicas: 10, updatedReplicas: 10, readyReplicas: 5, availableReplicas: 5 }, newSet: { replicas: 10, available: 5 } }, ['False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-1" has timed out progressing.', NOW, NOW]],
  ['too long before there is a new ReplicaSet', { before: [progressing('DeploymentResumed', 'Unknown', 601)] }, ['False', 'ProgressDeadlineExceeded', 'Deployment "web" has timed out progressing.', NOW, NOW]],
  ['nobody cares', { given: { spec: { progressDeadlineSeconds: 2 ** 31 - 1 } }, before: [progressing('ReplicaSetUpdated')] }, undefined],
])('Progressing: %s', (_name, { given = {}, before = [], counted = {}, newSet }, want) => {
  const one = rollout({ ...given, status: { ...counted, conditions: before } }, newSet);
  const found = rolloutStatus(one, notedConditions(one)).conditions?.find(({ type }) => type === 'Progressing');
  expect(found && [found.status, found.reason, found.message, found.lastUpdateTime, found.lastTransitionTime]).toEqual(want);
});

test.each<[string, GivenDeployment, Condition[], string | undefined]>([
  ['paused', { spec: { paused: true } }, [progressing('ReplicaSetUpdated')], 'Unknown DeploymentPaused Deployment is paused'],
  ['paused before', { spec: { paused: true } }, [progressing('DeploymentPaused', 'Unknown')], 'Unknown DeploymentPaused m'],
  ['paused after it timed out', { spec: { paused: true } }, [progressing('ProgressDeadlineExceeded', 'False')], 'False ProgressDeadlineExceeded m'],
  ['resumed', {}, [progressing('DeploymentPaused', 'Unknown')], 'Unknown DeploymentResumed Deployment is resumed'],
  ['met for the first time', {}, [], 'True FoundNewReplicaSet Found new replica set "web-1"'],
  ['without a deadline', { spec: { paused: true, progressDeadlineSeconds: 2 ** 31 - 1 } }, [], undefined],
])('notedConditions when %s', (_name, given, conditions, want) => {
  const [noted] = notedConditions(rollout({ ...given, status: { conditions } }, {}));
  expect(noted && `${noted.status} ${noted.reason ?? ''} ${noted.message ?? ''}`).toBe(want);
});

test('the failure of a ReplicaSet is the Deployment\'s, the new one\'s before others\', until it is over', () => {
  const failure = (message: string): Partial<appsV1.ReplicaSetStatus> => ({ conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: at(5) }] });
  const shown = (...sets: GivenSet[]): string[] => rolloutStatus(rollout({}, ...sets as [GivenSet]), [{ type: 'ReplicaFailure', status: 'True', reason: 'Old' }]).conditions?.filter(({ type }) => type === 'ReplicaFailure').map(({ message, lastUpdateTime }) => `${message ?? ''} ${lastUpdateTime ?? ''}`) ?? [];
  expect([shown({ status: failure('new') }, { status: failure('old') }), shown({}, { status: failure('old') }), shown({})]).toEqual([[`new ${at(5)}`], [`old ${at(5)}`], []]);
});

test.each<[string, appsV1.DeploymentStatus, boolean]>([
  ['all', { updatedReplicas: 10, replicas: 10, availableReplicas: 10, observedGeneration: 1 }, true],
  ['an old pod left', { updatedReplicas: 10, replicas: 11, availableReplicas: 10, observedGeneration: 1 }, false],
  ['one unavailable', { updatedReplicas: 10, replicas: 10, availableReplicas: 9, observedGeneration: 1 }, false],
  ['of an earlier generation', { updatedReplicas: 10, replicas: 10, availableReplicas: 10 }, false],
])('isComplete: %s', (_name, status, want) => { expect(isComplete(deployment(), status)).toBe(want); });

test.each<[string, Condition[], number | undefined]>([
  ['while something is awaited', [progressing('ReplicaSetUpdated')], 541_000],
  ['when the time is over', [progressing('ReplicaSetUpdated', 'True', 700)], 1000],
  ['not after it timed out', [progressing('ProgressDeadlineExceeded', 'False')], undefined],
  ['not without a condition', [], undefined],
])('progressCheckAfterMs %s', (_name, conditions, want) => { expect(progressCheckAfterMs(deployment(), { conditions }, NOW_MS)).toBe(want); });
