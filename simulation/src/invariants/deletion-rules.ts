import { isActive, isAvailable, type PodFacts, type Pods } from './pod-facts.ts';

/** A pod that its owner's controller has deleted, and all that the controller could have seen when it decided so. */
export interface Deletion {
  pod: PodFacts;
  /** The owner as it was lately: any of them. */
  wishes: readonly { replicas: number; isOrdered: boolean; maxUnavailable: number; surges: boolean }[];
  /** The owner's pods as they were lately, each time all of them as they were at one moment: a cache is a moment of the past. */
  seen: readonly Pods[];
  /** Pods that the same process has deleted before, by uid: it knows. */
  deleted: ReadonlySet<string>;
}

/** Each says why a pod should have stayed. */
export const deletionRules: Readonly<Record<string, (deletion: Deletion) => string | undefined>> = { ReplicaSet: onlySurplus, StatefulSet: oneAfterTheOther, DaemonSet: asManyAsMayBeMissing };

/** More pods were there than wanted. */
function onlySurplus({ pod, wishes, seen, deleted }: Deletion): string | undefined {
  const wanted = Math.min(...wishes.map(({ replicas }) => replicas));
  const most = Math.max(0, ...sightings(pod, seen).map((pods) => [...pods.values()].filter((one) => isActive(one) && !deleted.has(one.uid)).length));
  return most > wanted ? undefined : `at most ${most} were there, where ${wanted} are wanted`;
}

/** A pod within bounds goes for an update alone, when all above it are of the new revision and well; in an ordered set all below have to be well, too. */
function oneAfterTheOther({ pod, wishes, seen }: Deletion): string | undefined {
  const ordinal = ordinalOf(pod);
  const isFine = (pods: Pods, { replicas, isOrdered }: Deletion['wishes'][number]): boolean => {
    const places = new Map([...pods.values()].map((one) => [ordinalOf(one), one]));
    const above = range(ordinal + 1, replicas).map((place) => places.get(place));
    const below = isOrdered ? range(0, ordinal).map((place) => places.get(place)) : [];
    const isNew = (one: PodFacts | undefined): boolean => one?.revision !== pod.revision && one?.revision === above[0]?.revision;
    return above.every(isNew) && [...above, ...below].every((one) => one !== undefined && isAvailable(one));
  };
  if (wishes.some(({ replicas }) => ordinal >= replicas)) return undefined; // the set became smaller
  return sightings(pod, seen).some((pods) => pods.get(pod.uid)?.isEnded === true || wishes.some((wish) => isFine(pods, wish))) ? undefined : `never were all others of ${pod.name} as an update wants them`;
}

/** A daemon that works goes when fewer are missing than may be, or, with surge, when another one stands ready beside it. */
function asManyAsMayBeMissing({ pod, wishes, seen, deleted }: Deletion): string | undefined {
  const isFine = (pods: Pods): boolean => {
    const there = [...pods.values()].filter((one) => isActive(one) && !deleted.has(one.uid));
    const beside = there.filter((one) => one.node === pod.node && one.uid !== pod.uid);
    if (pods.get(pod.uid)?.isReady !== true || beside.some((one) => one.isReady)) return true;
    const nodes = new Set([...pods.values()].map(({ node }) => node));
    const missing = [...nodes].filter((node) => !there.some((one) => one.node === node && one.isReady)).length;
    return wishes.some(({ surges, maxUnavailable }) => !surges && (beside.length > 0 || missing < maxUnavailable));
  };
  return sightings(pod, seen).some(isFine) ? undefined : `${pod.name} worked, and too many others never did`;
}

/** The moments at which the pod was there to be chosen. */
function sightings(pod: PodFacts, seen: readonly Pods[]): Pods[] { return seen.filter((pods) => pods.get(pod.uid)?.isGoing === false); }

function ordinalOf({ name }: PodFacts): number { return Number(name.slice(name.lastIndexOf('-') + 1)); }

function range(from: number, to: number): number[] { return Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i); }
