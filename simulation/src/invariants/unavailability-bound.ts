import type { Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';
import { Recent } from './recent.ts';
import { deploymentWish, type DeploymentWish } from './wishes.ts';

/** A ReplicaSet as its Deployment's controller sees it. `noted`: the size of the Deployment that it was last scaled for. */
interface SetFacts { wanted: number; available: number; noted: string | undefined }
/** Those of one Deployment, by uid. */
type Sets = ReadonlyMap<string, SetFacts>;

const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';

/**
 * A rolling update leaves `replicas - maxUnavailable` pods available, as far as its controller can help it. Nodes fail and users delete pods, so
 * what is judged is each decision: a ReplicaSet is not made so small that pods have to go which it said are available, unless
 * enough remain by what the ReplicaSets together said at some time that the controller could have seen. Of them only those count
 * that were not taken away since: the controller knows its own writes. A change of size is a different matter: it shrinks
 * all in proportion, whether available or not, as in Kubernetes. So is `Recreate`.
 */
export function unavailabilityBound(): Invariant {
  const wishes = new Recent<DeploymentWish>(); // by uid
  const sets = new Recent<Sets>(); // by uid of the Deployment
  return {
    name: 'a rolling update leaves as many pods available as maxUnavailable asks for',
    observe({ resource, object, previous, atMs }: Version) {
      if (resource === 'deployments' && object !== undefined) wishes.note(object.metadata.uid ?? '', atMs, deploymentWish(object));
      const set = object ?? previous;
      const owner = set?.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Deployment' && controller === true);
      if (resource !== 'replicasets' || set === undefined || owner === undefined) return undefined;
      const uid = set.metadata.uid ?? '';
      const now = new Map(sets.latest(owner.uid));
      if (object === undefined) now.delete(uid); else now.set(uid, factsOf(object));
      const [before, after] = [previous && factsOf(previous), now.get(uid)];
      const excess = before === undefined || after === undefined ? undefined : excessOf({ uid, before, after, now }, sets.seen(owner.uid, atMs), wishes.seen(owner.uid, atMs));
      sets.note(owner.uid, atMs, now);
      return excess === undefined ? undefined : `${set.metadata.name} shrinks from ${before?.wanted ?? 0} to ${after?.wanted ?? 0}: ${excess}`;
    },
  };
}

interface Resizing { uid: string; before: SetFacts; after: SetFacts; now: Sets }

/** Why a ReplicaSet should not have been made smaller. */
function excessOf({ uid, before, after, now }: Resizing, states: readonly Sets[], wishes: readonly DeploymentWish[]): string | undefined {
  if (after.wanted >= before.wanted || after.wanted >= before.available || after.noted !== before.noted) return undefined;
  const meant = wishes.filter(({ replicas }) => String(replicas) === after.noted); // the controller wrote down which it followed
  if (meant.length === 0 || meant.some(({ isRolling }) => !isRolling)) return undefined;
  if (states.some((state) => [...state.values()].some(({ wanted, noted }) => wanted > 0 && noted !== after.noted))) return undefined; // a change of size
  const left = Math.max(...states.map((state) => after.wanted + [...state].reduce((sum, [one, { available }]) => sum + (one === uid ? 0 : Math.min(available, now.get(one)?.wanted ?? 0)), 0)));
  const needed = Math.min(...meant.map(({ replicas, unavailable }) => replicas - unavailable));
  return left < needed ? `at most ${left} pods remain that are available, ${needed} are needed` : undefined;
}

function factsOf({ metadata, spec, status }: Stored): SetFacts {
  return { wanted: Number(spec?.['replicas'] ?? 1), available: Number(status?.['availableReplicas'] ?? 0), noted: metadata.annotations?.[DESIRED_REPLICAS] };
}
