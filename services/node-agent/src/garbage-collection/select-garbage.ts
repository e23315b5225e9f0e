import { groupBy } from '@kubernode/base';
import type { ContainerSummary, Sandbox } from '../cri/cri-runtime.ts';
import { newestFirst } from '../runtime/pod-state.ts';

/** What the node agent knows of a pod whose containers the runtime has. */
export type PodPresence =
  /** Its containers may run. */
  | 'running'
  /** It ended, and its records stay to be looked at. */
  | 'ended'
  /** Its object is gone: nothing of it is to stay. */
  | 'removed';

export interface GarbageInput {
  containers: readonly ContainerSummary[];
  sandboxes: readonly Sandbox[];
  presence: (podUid: string) => PodPresence;
  /** Dead containers of each name that stay as long as the pod does. */
  keepPerContainer: number;
  /** Records of pods that ended go too: the disk is short. */
  alsoEnded: boolean;
}

/** Containers are removed before sandboxes. One whose state the runtime does not know is stopped first. */
export interface Garbage { containers: readonly { id: string; stopFirst: boolean }[]; sandboxes: readonly string[] }

/** What the runtime keeps for nobody. A sandbox that is ready, or holds a container, stays with it; of each pod the newest stays too. */
export function selectGarbage({ containers, sandboxes, presence, keepPerContainer, alsoEnded }: GarbageInput): Garbage {
  const keepsNothing = (uid: string): boolean => presence(uid) === 'removed' || (alsoEnded && presence(uid) === 'ended');
  const dead = containers.filter(({ phase }) => phase !== 'running');
  const garbage = [...groupBy(dead, ({ podUid, name }) => `${podUid}/${name}`).values()].flatMap((records) => newestFirst(records).slice(keepsNothing(records[0]?.podUid ?? '') ? 0 : keepPerContainer));
  const occupied = new Set(containers.filter((one) => !garbage.includes(one)).map(({ sandboxId }) => sandboxId));
  const idle = [...groupBy(sandboxes, ({ podUid }) => podUid).values()].flatMap((ofPod) => newestFirst(ofPod).slice(keepsNothing(ofPod[0]?.podUid ?? '') ? 0 : 1));
  return {
    containers: garbage.map(({ id, phase }) => ({ id, stopFirst: phase === 'unknown' })),
    sandboxes: idle.filter(({ id, ready }) => !ready && !occupied.has(id)).map(({ id }) => id),
  };
}
