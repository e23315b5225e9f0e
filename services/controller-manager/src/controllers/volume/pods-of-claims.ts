import type { coreV1 } from '@kubernode/api';
import type { IndexFunctions } from '@kubernode/client';
import { claimNamesOf } from '@kubernode/volume-matching';
import { isFinished } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;

/** Pods by the claims they use, those of ephemeral volumes among them, as `namespace/name`. */
export const podsByClaim: IndexFunctions<coreV1.Pod> = { claimKey: claimKeysOf };

/** The claims a pod uses, as `namespace/name`. */
export function claimKeysOf(pod: Pod): string[] {
  return claimNamesOf(pod).map((name) => `${pod.metadata.namespace ?? ''}/${name}`);
}

/** Whether nothing of the pod runs any more: it ended, or it is being deleted and no container is left running. */
export function isTerminated(pod: Pod): boolean {
  if (isFinished(pod)) return true;
  return pod.metadata.deletionTimestamp !== undefined && (pod.status?.containerStatuses ?? []).every(({ state }) => state?.terminated !== undefined || state?.waiting !== undefined);
}
