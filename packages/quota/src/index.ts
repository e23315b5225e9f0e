/**
 * What objects cost of ResourceQuotas: evaluators of pods, services, volume claims and device claims, counts of every other kind, scopes,
 * and the sum over a namespace. Guarantees: pure (what else has to be known is asked of a `QuotaWorld`); the same amounts and names as
 * Kubernetes. Non-goals: refusing writes, which is the API server's, and keeping status up to date, which is the controller's.
 */
export { addUsage, calculateUsage, costOf, limitsOf, type CountedObjects, type CalculatedUsage, type Limits } from './calculate-usage.ts';
export { count, countName, one, type Evaluator, type QuotaResource, type QuotaWrite, type Usage } from './evaluator.ts';
export { isQuotable, quotaEvaluators, type QuotaEvaluators } from './evaluators.ts';
export type { QuotaWorld } from './device-claim-evaluator.ts';
export { podTotals, type Totals } from './pod-totals.ts';
export { hasEnded, isTerminating } from './pod-evaluator.ts';
export { scopesOf, type ScopeRequirement } from './scopes.ts';
