import { policyV1Resources } from '@kubernode/api';
import type { policyV1 } from '@kubernode/api';
import { figure, lifeFamilies, type Family, type StateKind } from '../family.ts';

type Budget = policyV1.PodDisruptionBudget;

const families: readonly Family<Budget>[] = [
  ...lifeFamilies<Budget>('kube_poddisruptionbudget'),
  figure('kube_poddisruptionbudget_status_current_healthy', 'Current number of healthy pods', ({ status }) => status?.currentHealthy ?? 0),
  figure('kube_poddisruptionbudget_status_desired_healthy', 'Minimum desired number of healthy pods', ({ status }) => status?.desiredHealthy ?? 0),
  figure('kube_poddisruptionbudget_status_pod_disruptions_allowed', 'Number of pod disruptions that are currently allowed', ({ status }) => status?.disruptionsAllowed ?? 0),
  figure('kube_poddisruptionbudget_status_expected_pods', 'Total number of pods counted by this disruption budget', ({ status }) => status?.expectedPods ?? 0),
  figure('kube_poddisruptionbudget_status_observed_generation', 'Most recent generation observed when updating this PDB status', ({ status }) => status?.observedGeneration ?? 0),
];

export const disruptionBudgets: StateKind<Budget> = { resource: policyV1Resources.poddisruptionbudgets, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, poddisruptionbudget: name }), families };
