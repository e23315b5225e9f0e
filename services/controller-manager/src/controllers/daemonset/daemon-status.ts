import type { appsV1 } from '@kubernode/api';
import { isReadyPod } from '../pods.ts';
import { withoutZeros } from '../without-zeros.ts';
import { isAvailable, type Scene } from './daemon-scene.ts';

type Status = appsV1.DaemonSetStatus;

/** Counts the nodes where a daemon belongs, by the oldest daemon that each has. */
export function countedStatus(scene: Scene): Status {
  const { set, places } = scene;
  const wanted = places.filter(({ run }) => run);
  const shown = wanted.flatMap(({ pods: [oldest] }) => (oldest === undefined ? [] : [oldest]));
  const numberAvailable = shown.filter((pod) => isAvailable(pod, scene)).length;
  const { collisionCount, conditions } = set.status ?? {};
  return withoutZeros<Status>({
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: shown.length,
    numberMisscheduled: places.filter(({ exists, run, pods }) => exists && !run && pods.length > 0).length,
    numberReady: shown.filter(isReadyPod).length,
    updatedNumberScheduled: shown.filter((pod) => scene.isUpdated(pod)).length,
    numberAvailable,
    numberUnavailable: wanted.length - numberAvailable,
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions !== undefined && { conditions }),
  }, ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'collisionCount']);
}
