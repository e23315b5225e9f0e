import { acknowledgedWrites } from './acknowledged-writes.ts';
import { autoscaledBounds } from './autoscaled-bounds.ts';
import { boundClaims } from './bound-claims.ts';
import { budgetStatuses } from './budget-statuses.ts';
import { budgetedEvictions } from './budgeted-evictions.ts';
import { cronJobTimes } from './cron-jobs.ts';
import { deliberateDeletions } from './deliberate-deletions.ts';
import { everythingConverges } from './everything-converges.ts';
import { exactJobCounts } from './exact-job-counts.ts';
import type { Invariant } from './invariant.ts';
import { noOrphans } from './no-orphans.ts';
import { protectedClaims } from './protected-claims.ts';
import { quotaBound } from './quota-bound.ts';
import { retainedClaims } from './retained-claims.ts';
import { surgeBound } from './surge-bound.ts';
import { unavailabilityBound } from './unavailability-bound.ts';

/** New ones for each world: they remember what they saw. */
export function invariants(): Invariant[] {
  return [
    acknowledgedWrites(), quotaBound(), surgeBound(), unavailabilityBound(), deliberateDeletions(), budgetedEvictions(), budgetStatuses(), exactJobCounts(), cronJobTimes(),
    autoscaledBounds(), boundClaims(), protectedClaims(), retainedClaims(), everythingConverges(), noOrphans(),
  ];
}
