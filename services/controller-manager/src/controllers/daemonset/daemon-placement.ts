import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { isReadyPod } from '../pods.ts';
import { isBound } from './daemon-pods.ts';
import { isAvailable, isGoing, type Place, type Scene } from './daemon-scene.ts';
import { allowsSurge } from './rollout-bounds.ts';

type Pod = Readonly<coreV1.Pod>;

/** What a step makes and takes away, and what it tells and awaits. */
export interface Moves { create: string[]; remove: Pod[]; actions: Action[]; waitsMs: number[] }

/** How failed daemons are held back; see FailedPodBackoff. */
export interface Backoff { waitMs(key: string, nowMs: number): number; note(key: string, nowMs: number): void }

/** One daemon where it belongs, none where it does not, and new ones for those that have ended. */
export function placementMoves(scene: Scene, backoff: Backoff): Moves {
  const moves: Moves = { create: [], remove: [], actions: [], waitsMs: [] };
  for (const place of scene.places) movesAt(place, scene, moves, backoff);
  return moves;
}

function movesAt(place: Place, scene: Scene, moves: Moves, backoff: Backoff): void {
  const { nodeName, exists, run, stay } = place;
  const staying = place.pods.filter((pod) => !isGoing(pod));
  if (run && place.pods.length === 0) moves.create.push(nodeName);
  else if (!exists) moves.remove.push(...staying.filter(({ spec }) => !isBound(spec))); // nobody else deletes what no scheduler can bind
  else if (!stay) moves.remove.push(...staying);
  else {
    const running = staying.filter((pod) => !replaceEnded(pod, place, scene, moves, backoff));
    if (!allowsSurge(scene.set)) moves.remove.push(...running.slice(1));
    else if (running.length > 1) moves.remove.push(...surplusOfSurge(running, scene));
    else if (running.length === 0 && run) moves.create.push(nodeName);
  }
}

/** Deletes a daemon that has ended, so that it is made anew; whether it had. */
function replaceEnded(pod: Pod, { nodeName }: Place, { set, nowMs }: Scene, moves: Moves, backoff: Backoff): boolean {
  const phase = pod.status?.phase;
  if (phase !== 'Failed' && phase !== 'Succeeded') return false;
  const what = `${pod.metadata.namespace ?? ''}/${pod.metadata.name} on node ${nodeName}`;
  const key = `${set.metadata.uid ?? ''}/${set.status?.observedGeneration ?? 0}/${nodeName}`;
  const waitMs = phase === 'Failed' ? backoff.waitMs(key, nowMs) : 0;
  if (waitMs > 0) { moves.waitsMs.push(waitMs); return true; }
  moves.remove.push(pod);
  if (phase === 'Failed') {
    moves.actions.push({ do: 'remember', note: () => { backoff.note(key, nowMs); } });
    moves.actions.push({ do: 'event', about: set, type: 'Warning', reason: 'FailedDaemonPod', message: `Found failed daemon pod ${what}, will try to kill it` });
  } else moves.actions.push({ do: 'event', about: set, type: 'Normal', reason: 'SucceededDaemonPod', message: `Found succeeded daemon pod ${what}, will try to delete it` });
  return true;
}

/** With surge there may be two: an old one that works, and a new one that does not yet. */
function surplusOfSurge(running: readonly Pod[], scene: Scene): Pod[] {
  const isFresh = ({ metadata }: Pod): boolean => metadata.labels?.[REVISION_HASH_LABEL] === scene.hash;
  const fresh = running.find(isFresh);
  const old = running.find((pod) => !isFresh(pod));
  const others = running.filter((pod) => pod !== fresh && pod !== old);
  return fresh !== undefined && old !== undefined && (!isReadyPod(old) || isAvailable(fresh, scene)) ? [...others, old] : others;
}
