import type { appsV1 } from '@kubernode/api';
import { revisionOf } from './revisions.ts';

type ReplicaSet = Readonly<appsV1.ReplicaSet>;

/** Oldest first. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  return compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

/** From the earliest rollout; where that is not told, by age. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [revisionOf(a), revisionOf(b)];
  if (first === undefined || second === undefined || first === second) return byCreation(a, b);
  return first < second ? -1 : 1;
}
