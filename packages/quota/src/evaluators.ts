import { countEvaluator } from './count-evaluator.ts';
import { deviceClaimEvaluator, type QuotaWorld } from './device-claim-evaluator.ts';
import type { Evaluator, QuotaResource } from './evaluator.ts';
import { podEvaluator } from './pod-evaluator.ts';
import { serviceEvaluator } from './service-evaluator.ts';
import { volumeClaimEvaluator } from './volume-claim-evaluator.ts';

/** Nobody counts what is not stored or comes and goes by itself. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  '/bindings', '/componentstatuses', '/events', 'events.k8s.io/events', 'authentication.k8s.io/tokenreviews', 'authentication.k8s.io/selfsubjectreviews',
  ...['subjectaccessreviews', 'selfsubjectaccessreviews', 'localsubjectaccessreviews', 'selfsubjectrulesreviews'].map((resource) => `authorization.k8s.io/${resource}`),
]);

export interface QuotaEvaluators {
  /** The evaluator of a resource; always the same one. */
  of(resource: QuotaResource): Evaluator;
}

export function isQuotable({ group, resource }: QuotaResource): boolean {
  return !UNCOUNTED.has(`${group}/${resource}`);
}

export function quotaEvaluators(world: QuotaWorld): QuotaEvaluators {
  const known = new Map<string, Evaluator>([
    ['/pods', podEvaluator], ['/services', serviceEvaluator], ['/persistentvolumeclaims', volumeClaimEvaluator], ['resource.k8s.io/resourceclaims', deviceClaimEvaluator(world)],
  ]);
  return {
    of({ group, resource }) {
      const key = `${group}/${resource}`;
      let evaluator = known.get(key);
      if (evaluator === undefined) known.set(key, evaluator = countEvaluator({ group, resource }));
      return evaluator;
    },
  };
}
