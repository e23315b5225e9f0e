import type { Clock } from '@kubernode/base';

/** The monotonic clock may be off by this much before the offset between the two is taken anew: the wall clock itself knows whole ms only. */
const DRIFT_MS_MAX = 2;

/** Wall-clock time in ms with fractions, made of the wall clock and of the monotonic one, which is finer. */
export function microClock({ now, monotonicNow }: Pick<Clock, 'now' | 'monotonicNow'>): () => number {
  let offset = now() - monotonicNow();
  return () => {
    const wall = now();
    const fine = monotonicNow() + offset;
    if (Math.abs(fine - wall) <= DRIFT_MS_MAX) return fine;
    offset += wall - fine;
    return wall;
  };
}
