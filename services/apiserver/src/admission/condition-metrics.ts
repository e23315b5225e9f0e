import { Counter, Histogram, type Registry } from 'prom-client';

/** Whose match conditions were evaluated, and on which way of a request. */
export interface ConditionsOf { kind: 'webhook' | 'policy'; name: string; type: 'admit' | 'validate' | 'validating'; operation: string }

/** Metrics of match conditions, which webhooks and policies have, under kube-apiserver's names. */
export interface ConditionMetrics {
  judged(whose: ConditionsOf, outcome: { errors: number; durationMs: number }): void;
  excluded(whose: ConditionsOf): void;
}

const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25];

export function createConditionMetrics(registry: Registry): ConditionMetrics {
  const registers = [registry];
  const labelNames = ['name', 'kind', 'type', 'operation'];
  const seconds = new Histogram({ registers, labelNames, name: 'apiserver_admission_match_condition_evaluation_seconds', help: 'How long match conditions took.', buckets: SECONDS_BUCKETS });
  const failures = new Counter({ registers, labelNames, name: 'apiserver_admission_match_condition_evaluation_errors_total', help: 'Match conditions that could not be evaluated.' });
  const exclusions = new Counter({ registers, labelNames, name: 'apiserver_admission_match_condition_exclusions_total', help: 'Requests that match conditions excluded.' });
  return {
    judged(whose, { errors, durationMs }) {
      seconds.observe({ ...whose }, durationMs / 1000);
      if (errors > 0) failures.inc({ ...whose }, errors);
    },
    excluded(whose) { exclusions.inc({ ...whose }); },
  };
}
