import { scaledIntOrPercent } from '@kubernode/apimachinery';
import { appsV1Resources } from '@kubernode/api';
import type { appsV1 } from '@kubernode/api';
import { figure, gauge, lifeFamilies, statusSamples, type Family, type StateKind } from '../family.ts';

type Deployment = appsV1.Deployment;

/** Reasons that Deployments are known to have; others are not told, so that nobody can make labels without end. */
const REASONS: ReadonlySet<string> = new Set([
  '', 'ReplicaSetUpdated', 'ReplicaSetCreateError', 'NewReplicaSetCreated', 'FoundNewReplicaSet', 'NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'DeploymentPaused', 'DeploymentResumed',
  'MinimumReplicasAvailable', 'MinimumReplicasUnavailable',
]);

const families: readonly Family<Deployment>[] = [
  gauge('kube_deployment_owner', "Information about the Deployment's owner.", ({ metadata: { ownerReferences = [{ kind: '', name: '' }] } }) => ownerReferences.map(({ kind, name }) => ({ labels: { owner_kind: kind, owner_name: name }, value: 1 }))),
  ...lifeFamilies<Deployment>('kube_deployment'),
  figure('kube_deployment_status_replicas', 'The number of replicas per deployment.', ({ status }) => status?.replicas ?? 0),
  figure('kube_deployment_status_replicas_ready', 'The number of ready replicas per deployment.', ({ status }) => status?.readyReplicas ?? 0),
  figure('kube_deployment_status_replicas_available', 'The number of available replicas per deployment.', ({ status }) => status?.availableReplicas ?? 0),
  figure('kube_deployment_status_replicas_unavailable', 'The number of unavailable replicas per deployment.', ({ status }) => status?.unavailableReplicas ?? 0),
  figure('kube_deployment_status_replicas_updated', 'The number of updated replicas per deployment.', ({ status }) => status?.updatedReplicas ?? 0),
  figure('kube_deployment_status_terminating_replicas', 'The number of terminating replicas per deployment.', ({ status }) => status?.terminatingReplicas),
  figure('kube_deployment_status_observed_generation', 'The generation observed by the deployment controller.', ({ status }) => status?.observedGeneration ?? 0),
  gauge('kube_deployment_status_condition', 'The current status conditions of a deployment.', ({ status }) => (status?.conditions ?? []).flatMap(({ type, status: holds, reason = '' }) => statusSamples(holds, { reason: REASONS.has(reason) ? reason : 'unknown', condition: type }, 'status'))),
  figure('kube_deployment_spec_replicas', 'Number of desired pods for a deployment.', ({ spec }) => spec?.replicas),
  figure('kube_deployment_spec_paused', 'Whether the deployment is paused and will not be processed by the deployment controller.', ({ spec }) => spec?.paused === true),
  figure('kube_deployment_spec_strategy_rollingupdate_max_unavailable', 'Maximum number of unavailable replicas during a rolling update of a deployment.', (deployment) => scaled(deployment, 'maxUnavailable')),
  figure('kube_deployment_spec_strategy_rollingupdate_max_surge', 'Maximum number of replicas that can be scheduled above the desired number of replicas during a rolling update of a deployment.', (deployment) => scaled(deployment, 'maxSurge')),
  figure('kube_deployment_metadata_generation', 'Sequence number representing a specific generation of the desired state.', ({ metadata }) => metadata.generation ?? 0),
];

export const deployments: StateKind<Deployment> = { resource: appsV1Resources.deployments, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, deployment: name }), families };

function scaled({ spec }: Readonly<Deployment>, bound: 'maxUnavailable' | 'maxSurge'): number | undefined {
  const value = spec?.strategy?.rollingUpdate?.[bound];
  return value === undefined || spec?.replicas === undefined ? undefined : scaledIntOrPercent(value, spec.replicas, bound === 'maxSurge' ? 'up' : 'down');
}
