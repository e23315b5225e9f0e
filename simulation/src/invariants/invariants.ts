import { acknowledgedWrites } from './acknowledged-writes.ts';
import { budgetStatuses } from './budget-statuses.ts';
import { budgetedEvictions } from './budgeted-evictions.ts';
import { deliberateDeletions } from './deliberate-deletions.ts';
import { everythingConverges } from './everything-converges.ts';
import { exactJobCounts } from './exact-job-counts.ts';
import type { Invariant } from './invariant.ts';
import { noOrphans } from './no-orphans.ts';
import { quotaBound } from './quota-bound.ts';
import { surgeBound } from './surge-bound.ts';
import { unavailabilityBound } from './unavailability-bound.ts';

/** New ones for each world: they remember what they saw. */
export function invariants(): Invariant[] {
  return [acknowledgedWrites(), quotaBound(), surgeBound(), unavailabilityBound(), deliberateDeletions(), budgetedEvictions(), budgetStatuses(), exactJobCounts(), everythingConverges(), noOrphans()];
}
