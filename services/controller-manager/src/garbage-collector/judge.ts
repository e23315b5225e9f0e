import type { ObjectMeta, OwnerReference } from '@kubernode/apimachinery';
import { FOREGROUND, ORPHAN } from './ownership-graph.ts';

/** `waiting`: it is being deleted in the foreground, and waits for its dependents. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

export type Verdict =
  | { action: 'none' }
  /** By uid. */
  | { action: 'drop-owners'; uids: readonly string[] }
  | { action: 'delete'; policy: PropagationPolicy };

/** What becomes of an object, given how each of its owners is: it lives as long as one of them does. */
export function judge({ ownerReferences: owners = [], finalizers = [] }: Readonly<ObjectMeta>, stateOf: (owner: OwnerReference) => OwnerState, hasDependents: boolean): Verdict {
  if (owners.length === 0) return { action: 'none' };
  const states = owners.map((owner) => ({ uid: owner.uid, state: stateOf(owner) }));
  if (states.some(({ state }) => state === 'solid')) {
    const uids = states.filter(({ state }) => state !== 'solid').map(({ uid }) => uid); // also those that wait: nothing else would ever free them
    return uids.length === 0 ? { action: 'none' } : { action: 'drop-owners', uids };
  }
  if (hasDependents && states.some(({ state }) => state === 'waiting')) return { action: 'delete', policy: 'Foreground' }; // its own dependents go before it, too
  return { action: 'delete', policy: finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background' };
}
