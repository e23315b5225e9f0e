import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

interface Wish { atMs: number; replicas: number; surge: number }
interface Spec { replicas?: number; strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string } } }

/** How long a controller may act on what a user has changed meanwhile, ms. */
const STALE_MS = 120_000;

/** Together, the ReplicaSets of a Deployment never want more pods than it allows, beyond what they wanted already. */
export function surgeBound(): Invariant {
  const wishes = new Map<string, Wish[]>(); // by uid, newest last
  const wanted = new Map<string, number>(); // by uid of the Deployment: pods its ReplicaSets want
  return {
    name: 'no more pods than maxSurge allows',
    observe({ resource, object, previous, atMs }: Version, history: History) {
      if (resource === 'deployments' && object !== undefined) noteWish(wishes, object, atMs);
      if (resource !== 'replicasets' || object === undefined) return undefined;
      const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
      if (owner?.kind !== 'Deployment') return undefined;
      const sum = sumOf(history, owner.uid);
      const before = wanted.get(owner.uid) ?? 0;
      wanted.set(owner.uid, sum);
      if (sum <= before || replicasOf(object) <= replicasOf(previous)) return undefined;
      const recent = (wishes.get(owner.uid) ?? []).filter((_wish, i, all) => i === all.length - 1 || (all[i + 1]?.atMs ?? 0) > atMs - STALE_MS);
      const allowed = Math.max(0, ...recent.map(({ replicas, surge }) => replicas + surge));
      return sum > allowed ? `${sum} replicas wanted of ${owner.name}, at most ${allowed} are allowed` : undefined;
    },
  };
}

function noteWish(wishes: Map<string, Wish[]>, deployment: Stored, atMs: number): void {
  const { replicas = 1, strategy } = deployment.spec as Spec; // a Deployment
  const maxSurge = strategy?.type === 'Recreate' ? 0 : strategy?.rollingUpdate?.maxSurge ?? '25%';
  const surge = typeof maxSurge === 'number' ? maxSurge : Math.ceil((replicas * Number.parseInt(maxSurge, 10)) / 100);
  const uid = deployment.metadata.uid ?? '';
  const known = wishes.get(uid) ?? [];
  const last = known.at(-1);
  if (last?.replicas !== replicas || last.surge !== surge) known.push({ atMs, replicas, surge });
  wishes.set(uid, known);
}

function sumOf(history: History, uid: string): number {
  return [...history.all('replicasets')].filter(({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid)).reduce((sum, set) => sum + replicasOf(set), 0);
}

function replicasOf(set: Stored | undefined): number { return (set?.spec as Spec | undefined)?.replicas ?? 0; }
