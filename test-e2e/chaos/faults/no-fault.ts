import type { Fault } from './fault.ts';

/** As long as most faults last, ms. */
const HOLD_MS = 2000;

/** What clients feel of a busy machine anyway: the row of the report that the others are read against. */
export const noFault: Fault = {
  name: 'nothing', title: 'nothing done', measure: 'writers', holdMs: HOLD_MS, fits: () => true,
  inject: () => Promise.resolve({ victim: 'nobody', mend: () => Promise.resolve() }),
};
