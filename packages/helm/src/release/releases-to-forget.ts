import { newestFirst, type Release } from './release.ts';

/** The oldest revisions beyond `max`; the one that is deployed is never among them. */
export function releasesToForget(history: readonly Release[], max: number): Release[] {
  const excess = history.length - max;
  if (excess <= 0) return [];
  const newest = newestFirst(history);
  const deployed = newest.find(({ info }) => info.status === 'deployed');
  return newest.toReversed().filter((release) => release.version !== deployed?.version).slice(0, excess);
}
