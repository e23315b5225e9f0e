import type { coreV1 } from '@kubernode/api';
import { isAvailable, pairOf, type Place, type Scene } from './daemon-scene.ts';
import { rolloutBounds } from './rollout-bounds.ts';

type Pod = Readonly<coreV1.Pod>;

export interface Rollout { create: string[]; remove: Pod[] }

/** Moves daemons to the present template, as fast as the strategy allows. */
export function rolloutMoves(scene: Scene): Rollout {
  if (scene.set.spec?.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] };
  const desired = scene.places.filter(({ run }) => run).length;
  const { maxSurge, maxUnavailable } = rolloutBounds(scene.set, desired);
  const places = scene.places.filter(({ run, pods }) => run || pods.length > 0);
  return maxSurge === 0 ? replace(places, scene, maxUnavailable) : surge(places, scene, { maxSurge, desired });
}

/** Deletes old daemons, for placement to make new ones: those that are not available anyway, then as many as may be missing. */
function replace(places: readonly Place[], scene: Scene, maxUnavailable: number): Rollout {
  const broken: Pod[] = [];
  const working: Pod[] = [];
  let unavailable = 0;
  for (const place of places) {
    const pair = pairOf(place, scene);
    const only = pair !== undefined && (pair.fresh === undefined) !== (pair.old === undefined) ? pair.fresh ?? pair.old : undefined;
    const available = only !== undefined && isAvailable(only, scene);
    if (!available) unavailable++;
    if (only !== undefined && only === pair?.old) (available ? working : broken).push(only);
  }
  return { create: [], remove: [...broken, ...working.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** Makes new daemons beside old ones; an old one goes when its new one is available, or where no daemon belongs any more. */
function surge(places: readonly Place[], scene: Scene, { maxSurge, desired }: { maxSurge: number; desired: number }): Rollout {
  const remove: Pod[] = [];
  const strays: Pod[] = []; // old and available, on nodes where none belongs
  const broken: string[] = [];
  const candidates: string[] = [];
  let [surging, available] = [0, 0];
  for (const place of places) {
    const pair = pairOf(place, scene);
    if (pair === undefined) { surging++; continue; }
    const { fresh, old } = pair;
    const isWorking = old !== undefined && isAvailable(old, scene);
    const isFreshWorking = fresh !== undefined && isAvailable(fresh, scene);
    if (old === undefined ? isFreshWorking : isWorking) available++;
    if (old === undefined) continue;
    if (fresh !== undefined) { if (isFreshWorking) remove.push(old); else surging++; continue; }
    if (!place.run) (isWorking ? strays : remove).push(old);
    else (isWorking ? candidates : broken).push(place.nodeName);
  }
  return {
    create: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surging))],
    remove: [...remove, ...strays.slice(0, Math.max(0, available - desired))], // so that moving to other nodes costs no availability
  };
}
