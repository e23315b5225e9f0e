import { Counter, Histogram, type Registry } from 'prom-client';

const CHECK_SECONDS_BUCKETS = [0.000_000_5, 0.001, 0.01, 0.1, 1];

export interface PolicyCheck {
  policy: string;
  binding: string;
  /** Undefined when nothing went wrong. */
  fault: string | undefined;
  seconds: number;
}

/** Metrics of admission policies under kube-apiserver's names. */
export interface PolicyMetrics {
  validated(action: 'allow' | 'deny' | 'audit' | 'warn', check: PolicyCheck): void;
  mutated(check: PolicyCheck): void;
}

export function createPolicyMetrics(registry: Registry): PolicyMetrics {
  const registers = [registry];
  const validatingLabels = ['policy', 'policy_binding', 'error_type', 'enforcement_action'];
  const mutatingLabels = ['policy', 'policy_binding', 'error_type'];
  const validations = new Counter({ registers, name: 'apiserver_validating_admission_policy_check_total', help: 'Validations of admission policies, by what came of them.', labelNames: validatingLabels });
  const validationSeconds = new Histogram({ registers, name: 'apiserver_validating_admission_policy_check_duration_seconds', help: 'How long validations of admission policies took.', labelNames: validatingLabels, buckets: CHECK_SECONDS_BUCKETS });
  const mutations = new Counter({ registers, name: 'apiserver_mutating_admission_policy_check_total', help: 'Mutations by admission policies.', labelNames: mutatingLabels });
  const mutationSeconds = new Histogram({ registers, name: 'apiserver_mutating_admission_policy_check_duration_seconds', help: 'How long mutations by admission policies took.', labelNames: mutatingLabels, buckets: CHECK_SECONDS_BUCKETS });
  return {
    validated(action, { policy, binding, fault, seconds }) {
      const labels = { policy, policy_binding: binding, error_type: errorType(fault), enforcement_action: action };
      validations.inc(labels);
      validationSeconds.observe(labels, seconds);
    },
    mutated({ policy, binding, fault, seconds }) {
      const labels = { policy, policy_binding: binding, error_type: errorType(fault) };
      mutations.inc(labels);
      mutationSeconds.observe(labels, seconds);
    },
  };
}

function errorType(fault: string | undefined): string {
  if (fault === undefined) return 'no_error';
  if (fault.startsWith('compilation')) return 'compile_error';
  return fault.startsWith('validation failed due to running out of cost budget') ? 'out_of_budget' : 'invalid_error';
}
