import type { appsV1 } from '@kubernode/api';
import { withoutZeros } from '../without-zeros.ts';
import { isAvailable, isRunningAndReady, isTerminating, revisionOf, type Scene } from './statefulset-scene.ts';

type Status = appsV1.StatefulSetStatus;

/** Counts the pods. `updates`: one of them is just being deleted for the update. A rollout that is through makes its revision the current one. */
export function countedStatus(scene: Scene, { updates }: { updates: boolean }): Status {
  const { set, pods, revisions: { current, update, collisionCount } } = scene;
  const present = pods.filter((pod) => !isTerminating(pod)).map(revisionOf);
  const of = (revision: string): number => present.filter((one) => one === revision).length;
  const [replicas, readyReplicas, updatedReplicas] = [pods.length, pods.filter(isRunningAndReady).length, of(update.metadata.name)];
  const wanted = set.spec?.replicas ?? 1;
  const isThrough = set.spec?.updateStrategy?.type === 'RollingUpdate' && [replicas, readyReplicas, updatedReplicas].every((count) => count === wanted);
  return withoutZeros<Status>({
    observedGeneration: set.metadata.generation ?? 0,
    replicas, readyReplicas, updatedReplicas,
    availableReplicas: pods.filter((pod) => isRunningAndReady(pod) && isAvailable(pod, scene)).length,
    currentReplicas: isThrough ? updatedReplicas : Math.max(0, of(current.metadata.name) - Number(updates)),
    currentRevision: (isThrough ? update : current).metadata.name, updateRevision: update.metadata.name,
    collisionCount,
  }, ['replicas', 'availableReplicas', 'collisionCount']);
}

const COMPARED = ['replicas', 'readyReplicas', 'availableReplicas', 'currentReplicas', 'updatedReplicas', 'currentRevision', 'updateRevision'] as const;

/** Whether a status says more than the one that is written. */
export function isNews(status: Status, before: Status | undefined): boolean {
  return (status.observedGeneration ?? 0) > (before?.observedGeneration ?? 0) || COMPARED.some((field) => (status[field] || undefined) !== (before?.[field] || undefined));
}
