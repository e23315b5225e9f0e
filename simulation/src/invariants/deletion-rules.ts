import type { Nodes } from './node-facts.ts';
import { isActive, isAvailable, type PodFacts, type Pods } from './pod-facts.ts';

/** A pod that its owner's controller has deleted, and all that the controller could have seen when it decided so. */
export interface Deletion {
  pod: PodFacts;
  /** The owner as it was lately: any of them. */
  wishes: readonly { replicas: number; isOrdered: boolean; maxUnavailable: number; surges: boolean }[];
  /** The owner's pods as they were lately, each time all of them as they were at one moment: a cache is a moment of the past. */
  seen: readonly Pods[];
  /** Nodes as they were lately, in another cache than pods: any of them. */
  nodes: readonly Nodes[];
  /** Of the owner's present template, as it was lately: any of them. */
  revisions: readonly string[];
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

/**
 * A daemon that works goes from where none may stay, and where another one works. Else it goes while fewer are missing than may be. With surge it goes where
 * there are two of its kind, and where none belongs: from a node that is gone or out of reach, while as many work without it as there are nodes for.
 */
function asManyAsMayBeMissing({ pod, wishes, seen, nodes, revisions, deleted }: Deletion): string | undefined {
  const isFine = (pods: Pods, at: Nodes): boolean => {
    const there = [...pods.values()].filter((one) => isActive(one) && !deleted.has(one.uid));
    const beside = there.filter((one) => one.node === pod.node && one.uid !== pod.uid);
    if (pods.get(pod.uid)?.isReady !== true || beside.some((one) => one.isReady) || at.get(pod.node)?.keepsDaemon === false) return true;
    const wanting = [...at].filter(([, { wantsDaemon }]) => wantsDaemon).map(([node]) => node);
    const places = new Set([...wanting, ...[...pods.values()].filter((one) => !one.isEnded || !one.isGoing).map(({ node }) => node)]);
    const working = [...places].filter((node) => there.some((one) => one.node === node && one.isReady)).length;
    const isDouble = revisions.some((fresh) => beside.some((one) => (one.revision === fresh) === (pod.revision === fresh)));
    const isSpare = !wanting.includes(pod.node) && working > wanting.length;
    return wishes.some(({ surges, maxUnavailable }) => (surges ? isDouble || isSpare : beside.length > 0 || places.size - working < maxUnavailable));
  };
  return sightings(pod, seen).some((pods) => nodes.some((at) => isFine(pods, at))) ? undefined : `${pod.name} worked, and too many others never did`;
}

/** The moments at which the pod was there to be chosen. */
function sightings(pod: PodFacts, seen: readonly Pods[]): Pods[] { return seen.filter((pods) => pods.get(pod.uid)?.isGoing === false); }

function ordinalOf({ name }: PodFacts): number { return Number(name.slice(name.lastIndexOf('-') + 1)); }

function range(from: number, to: number): number[] { return Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i); }
