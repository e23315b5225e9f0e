import type { appsV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';

type StatefulSet = Readonly<appsV1.StatefulSet>;

export function tell(about: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

/** What became of a pod; `fault` where it failed. */
export function podEvent(set: StatefulSet, verb: 'Create' | 'Update' | 'Delete', pod: string, fault?: string): Action {
  const what = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`;
  return fault === undefined ? tell(set, 'Normal', `Successful${verb}`, `${what} successful`) : tell(set, 'Warning', `Failed${verb}`, `${what} failed error: ${fault}`);
}

/** The same of a pod's claim. */
export function claimEvent(set: StatefulSet, claim: string, pod: string, fault?: string): Action {
  const { name } = set.metadata;
  if (fault === undefined) return tell(set, 'Normal', 'SuccessfulCreate', `Create Claim ${claim} Pod ${pod} in StatefulSet ${name} success`);
  return tell(set, 'Warning', 'FailedCreate', `Create Claim ${claim} for Pod ${pod} in StatefulSet ${name} failed error: ${fault}`);
}
