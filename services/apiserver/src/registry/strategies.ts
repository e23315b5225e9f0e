import { customResourceDefinitionStrategy } from './apiextensions/custom-resource-definition.ts';
import { mutatingPolicyStrategy, validatingPolicyStrategy } from './admissionregistration/admission-policy.ts';
import { mutatingPolicyBindingStrategy, validatingPolicyBindingStrategy } from './admissionregistration/policy-binding.ts';
import { mutatingWebhookStrategy, validatingWebhookStrategy } from './admissionregistration/webhook-configuration.ts';
import { apiServiceStrategy } from './apiregistration/api-service.ts';
import { controllerRevisionStrategy } from './apps/controller-revision.ts';
import { daemonSetStrategy } from './apps/daemon-set.ts';
import { deploymentStrategy } from './apps/deployment.ts';
import { replicaSetStrategy } from './apps/replica-set.ts';
import { statefulSetStrategy } from './apps/stateful-set.ts';
import { horizontalPodAutoscalerStrategy } from './autoscaling/horizontal-pod-autoscaler.ts';
import { cronJobStrategy } from './batch/cron-job.ts';
import { jobStrategy } from './batch/job.ts';
import { certificateSigningRequestStrategy } from './certificates/certificate-signing-request.ts';
import { leaseStrategy } from './coordination/lease.ts';
import { configMapStrategy } from './core/config-map.ts';
import { endpointsStrategy } from './core/endpoints.ts';
import { eventStrategy } from './core/event.ts';
import { limitRangeStrategy } from './core/limit-range.ts';
import { namespaceStrategy } from './core/namespace.ts';
import { nodeStrategy } from './core/node.ts';
import { persistentVolumeClaimStrategy } from './core/persistent-volume-claim.ts';
import { persistentVolumeStrategy } from './core/persistent-volume.ts';
import { podTemplateStrategy } from './core/pod-template.ts';
import { podStrategy } from './core/pod.ts';
import { replicationControllerStrategy } from './core/replication-controller.ts';
import { resourceQuotaStrategy } from './core/resource-quota.ts';
import { secretStrategy } from './core/secret.ts';
import { serviceStrategy } from './core/service.ts';
import { serviceAccountStrategy } from './core/service-account.ts';
import { endpointSliceStrategy } from './discovery/endpoint-slice.ts';
import { flowSchemaStrategy } from './flowcontrol/flow-schema.ts';
import { priorityLevelStrategy } from './flowcontrol/priority-level.ts';
import { ingressClassStrategy } from './networking/ingress-class.ts';
import { ingressStrategy } from './networking/ingress.ts';
import { ipAddressStrategy } from './networking/ip-address.ts';
import { networkPolicyStrategy } from './networking/network-policy.ts';
import { serviceCidrStrategy } from './networking/service-cidr.ts';
import { runtimeClassStrategy } from './node/runtime-class.ts';
import { podDisruptionBudgetStrategy } from './policy/pod-disruption-budget.ts';
import { clusterRoleBindingStrategy, roleBindingStrategy } from './rbac/binding.ts';
import { clusterRoleStrategy } from './rbac/cluster-role.ts';
import { roleStrategy } from './rbac/role.ts';
import { deviceClassStrategy } from './resource/device-class.ts';
import { resourceClaimStrategy, resourceClaimTemplateStrategy } from './resource/resource-claim.ts';
import { resourceSliceStrategy } from './resource/resource-slice.ts';
import { priorityClassStrategy } from './scheduling/priority-class.ts';
import { csiDriverStrategy } from './storage/csi-driver.ts';
import { csiNodeStrategy } from './storage/csi-node.ts';
import { storageClassStrategy } from './storage/storage-class.ts';
import { volumeAttachmentStrategy } from './storage/volume-attachment.ts';
import { volumeAttributesClassStrategy } from './storage/volume-attributes-class.ts';
import type { Strategy } from './strategy.ts';

/** What is particular to each kind, by `resource` or `resource.group`. A resource that is not here is served by its facts alone. */
export const strategies: ReadonlyMap<string, Strategy> = new Map<string, Strategy>([
  ['configmaps', configMapStrategy],
  ['endpoints', endpointsStrategy],
  ['events', eventStrategy],
  ['limitranges', limitRangeStrategy],
  ['namespaces', namespaceStrategy],
  ['nodes', nodeStrategy],
  ['persistentvolumeclaims', persistentVolumeClaimStrategy],
  ['persistentvolumes', persistentVolumeStrategy],
  ['pods', podStrategy],
  ['podtemplates', podTemplateStrategy],
  ['replicationcontrollers', replicationControllerStrategy],
  ['resourcequotas', resourceQuotaStrategy],
  ['secrets', secretStrategy],
  ['serviceaccounts', serviceAccountStrategy],
  ['services', serviceStrategy],
  ['customresourcedefinitions.apiextensions.k8s.io', customResourceDefinitionStrategy],
  ['mutatingadmissionpolicies.admissionregistration.k8s.io', mutatingPolicyStrategy],
  ['mutatingadmissionpolicybindings.admissionregistration.k8s.io', mutatingPolicyBindingStrategy],
  ['mutatingwebhookconfigurations.admissionregistration.k8s.io', mutatingWebhookStrategy],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', validatingPolicyStrategy],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', validatingPolicyBindingStrategy],
  ['validatingwebhookconfigurations.admissionregistration.k8s.io', validatingWebhookStrategy],
  ['apiservices.apiregistration.k8s.io', apiServiceStrategy],
  ['controllerrevisions.apps', controllerRevisionStrategy],
  ['daemonsets.apps', daemonSetStrategy],
  ['deployments.apps', deploymentStrategy],
  ['replicasets.apps', replicaSetStrategy],
  ['statefulsets.apps', statefulSetStrategy],
  ['horizontalpodautoscalers.autoscaling', horizontalPodAutoscalerStrategy],
  ['cronjobs.batch', cronJobStrategy],
  ['jobs.batch', jobStrategy],
  ['certificatesigningrequests.certificates.k8s.io', certificateSigningRequestStrategy],
  ['leases.coordination.k8s.io', leaseStrategy],
  ['endpointslices.discovery.k8s.io', endpointSliceStrategy],
  ['flowschemas.flowcontrol.apiserver.k8s.io', flowSchemaStrategy],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', priorityLevelStrategy],
  ['ingressclasses.networking.k8s.io', ingressClassStrategy],
  ['ingresses.networking.k8s.io', ingressStrategy],
  ['ipaddresses.networking.k8s.io', ipAddressStrategy],
  ['networkpolicies.networking.k8s.io', networkPolicyStrategy],
  ['servicecidrs.networking.k8s.io', serviceCidrStrategy],
  ['runtimeclasses.node.k8s.io', runtimeClassStrategy],
  ['poddisruptionbudgets.policy', podDisruptionBudgetStrategy],
  ['clusterrolebindings.rbac.authorization.k8s.io', clusterRoleBindingStrategy],
  ['clusterroles.rbac.authorization.k8s.io', clusterRoleStrategy],
  ['rolebindings.rbac.authorization.k8s.io', roleBindingStrategy],
  ['roles.rbac.authorization.k8s.io', roleStrategy],
  ['deviceclasses.resource.k8s.io', deviceClassStrategy],
  ['resourceclaims.resource.k8s.io', resourceClaimStrategy],
  ['resourceclaimtemplates.resource.k8s.io', resourceClaimTemplateStrategy],
  ['resourceslices.resource.k8s.io', resourceSliceStrategy],
  ['priorityclasses.scheduling.k8s.io', priorityClassStrategy],
  ['csidrivers.storage.k8s.io', csiDriverStrategy],
  ['csinodes.storage.k8s.io', csiNodeStrategy],
  ['storageclasses.storage.k8s.io', storageClassStrategy],
  ['volumeattachments.storage.k8s.io', volumeAttachmentStrategy],
  ['volumeattributesclasses.storage.k8s.io', volumeAttributesClassStrategy],
]);
