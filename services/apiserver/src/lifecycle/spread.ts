import type { Clock } from '@kubernode/base';

export interface SpreadOptions {
  /** All at once for 0. */
  overMs: number;
  /** At least so many in a second, however few there are and however long it may take. */
  perSecondMin: number;
  clock: Clock;
}

const STEP_MS_MIN = 20;

/** Does something to one after the other, spread over a time, so that what follows from it does not come all at once. */
export async function spread<T>(items: readonly T[], act: (item: T) => void, { overMs, perSecondMin, clock }: SpreadOptions): Promise<void> {
  const perSecond = overMs <= 0 ? Infinity : Math.max(perSecondMin, items.length * 1000 / overMs);
  const perStep = Math.ceil(perSecond * STEP_MS_MIN / 1000);
  for (let from = 0; from < items.length; from += perStep) {
    for (const item of items.slice(from, from + perStep)) act(item);
    if (from + perStep < items.length) await clock.sleep(perStep * 1000 / perSecond);
  }
}
