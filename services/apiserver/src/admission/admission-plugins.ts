import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import { type FileFollower, UsageError, UserError } from '@kubernode/component-base';
import { nodeRestriction } from '../authz/node/node-restriction.ts';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { Authorizer } from '../pipeline/api-request.ts';
import type { AdmissionPlugin } from './admission.ts';
import type { ConfigurationOf } from './admission-configuration.ts';
import { alwaysDeny } from './always-deny.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { certificateApproval, certificateSigning } from './certificate-signers.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { denyServiceExternalIPs } from './deny-service-external-ips.ts';
import { deviceAdminAccess } from './device-admin-access.ts';
import { eventRateLimit } from './event-rate-limit.ts';
import { extendedResourceToleration } from './extended-resource-toleration.ts';
import { imagePolicyWebhook } from './image-policy-webhook.ts';
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceAutoProvision } from './namespace-auto-provision.ts';
import { namespaceExists } from './namespace-exists.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator.ts';
import { nothingToDo } from './nothing-to-do.ts';
import { ownerReferencesPermissionEnforcement } from './owner-references-permission-enforcement.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { podResizeValidator } from './pod-resize-validator.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { podTolerationRestriction } from './pod-toleration-restriction.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './quota/resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { mutatingWebhooks } from './webhook/mutating-webhooks.ts';
import { validatingWebhooks } from './webhook/validating-webhooks.ts';
import type { PolicyServices } from './policy/policy-services.ts';
import { mutatingPolicies } from './policy/mutating-policies.ts';
import { validatingPolicies } from './policy/validating-policies.ts';
import type { WebhookServices } from './webhook/webhook-services.ts';

export interface AdmissionDependencies {
  sources: ObjectSources;
  /** The newest state of an object, past the cache. */
  get(resource: { group: string; resource: string }, namespace: string, name: string): Promise<unknown>;
  /** All objects of a namespace, as new as every write acknowledged before the call. */
  list<T extends KubeObject>(resource: { group: string; resource: string }, namespace: string): Promise<readonly Readonly<T>[]>;
  /** Calls `change` with the newest state until the write holds; undefined from it leaves the object alone. Rejects with NotFound. */
  update: ObjectWriter['update'];
  create: ObjectWriter['create'];
  /** Resources that are served with objects of a kind, in its version. */
  resourcesOfKind(kind: GroupVersionKind): readonly { resource: string; namespaced: boolean }[];
  /** By --admission-control-config-file. */
  configurationOf: ConfigurationOf;
  /** Those that configurations name and that may change. */
  files: FileFollower;
  clock: Clock;
  rng: Rng;
  authorizer: Authorizer;
  webhooks: WebhookServices;
  policies: PolicyServices;
  /** Letters by chance that are safe in any name. */
  randomSuffix(length: number): string;
}

/** All plugins in the order in which they are asked, Kubernetes' own. `off`: only when enabled by name. */
const PLUGINS: readonly { name: string; off?: boolean; make: (dependencies: AdmissionDependencies) => AdmissionPlugin }[] = [
  { name: 'AlwaysAdmit', off: true, make: nothingToDo('AlwaysAdmit') },
  { name: 'NamespaceAutoProvision', off: true, make: namespaceAutoProvision },
  { name: 'NamespaceLifecycle', make: namespaceLifecycle },
  { name: 'NamespaceExists', off: true, make: namespaceExists },
  { name: 'LimitPodHardAntiAffinityTopology', off: true, make: () => limitPodHardAntiAffinityTopology },
  { name: 'LimitRanger', make: limitRanger },
  { name: 'ServiceAccount', make: serviceAccount },
  { name: 'NodeRestriction', off: true, make: nodeRestriction },
  { name: 'TaintNodesByCondition', make: () => taintNodesByCondition },
  { name: 'AlwaysPullImages', off: true, make: () => alwaysPullImages },
  { name: 'ImagePolicyWebhook', off: true, make: imagePolicyWebhook },
  { name: 'PodSecurity', make: podSecurity },
  { name: 'PodNodeSelector', off: true, make: podNodeSelector },
  { name: 'Priority', make: priority },
  { name: 'DefaultTolerationSeconds', make: () => defaultTolerationSeconds },
  { name: 'PodTolerationRestriction', off: true, make: podTolerationRestriction },
  { name: 'EventRateLimit', off: true, make: eventRateLimit },
  { name: 'ExtendedResourceToleration', off: true, make: () => extendedResourceToleration },
  { name: 'DefaultStorageClass', make: defaultStorageClass },
  { name: 'StorageObjectInUseProtection', make: () => storageObjectInUseProtection },
  { name: 'PodGroupProtection', make: nothingToDo('PodGroupProtection') },
  { name: 'OwnerReferencesPermissionEnforcement', off: true, make: ownerReferencesPermissionEnforcement },
  { name: 'PersistentVolumeClaimResize', make: persistentVolumeClaimResize },
  { name: 'RuntimeClass', make: runtimeClass },
  { name: 'CertificateApproval', make: certificateApproval },
  { name: 'CertificateSigning', make: certificateSigning },
  { name: 'ClusterTrustBundleAttest', make: nothingToDo('ClusterTrustBundleAttest') },
  { name: 'CertificateSubjectRestriction', make: () => certificateSubjectRestriction },
  { name: 'DefaultIngressClass', make: defaultIngressClass },
  { name: 'DenyServiceExternalIPs', off: true, make: () => denyServiceExternalIPs },
  { name: 'PodTopologyLabels', make: podTopologyLabels },
  { name: 'PodGroupWorkloadExists', make: nothingToDo('PodGroupWorkloadExists') },
  { name: 'NodeDeclaredFeatureValidator', make: nodeDeclaredFeatureValidator },
  { name: 'JobValidation', make: nothingToDo('JobValidation') },
  { name: 'PodResizeValidator', make: podResizeValidator },
  { name: 'MutatingAdmissionPolicy', make: ({ policies }) => mutatingPolicies(policies) },
  { name: 'MutatingAdmissionWebhook', make: ({ webhooks }) => mutatingWebhooks(webhooks) },
  { name: 'ValidatingAdmissionPolicy', make: ({ policies }) => validatingPolicies(policies) },
  { name: 'ValidatingAdmissionWebhook', make: ({ webhooks }) => validatingWebhooks(webhooks) },
  { name: 'ResourceQuota', make: resourceQuota },
  { name: 'AlwaysDeny', off: true, make: () => alwaysDeny },
];

/** After this one come those from outside: they see what webhooks made of an object, and policies and quotas judge what they made of it. */
const BEFORE_EXTENSIONS = 'MutatingAdmissionWebhook';

export function isBuiltIn(name: string): boolean {
  return PLUGINS.some((plugin) => plugin.name === name);
}

/** The plugins that the flags ask for, in order, behind what is no plugin in Kubernetes and always on. Throws UsageError for a name that is none. */
export function admissionPlugins({ enabled, disabled, extensions = [] }: { enabled: readonly string[]; disabled: readonly string[]; extensions?: readonly AdmissionPlugin[] }, dependencies: AdmissionDependencies): AdmissionPlugin[] {
  for (const name of [...enabled, ...disabled]) {
    if (!isBuiltIn(name)) throw new UsageError(`admission plugin ${JSON.stringify(name)} is unknown`);
  }
  const isAsked = (name: string, off: boolean): boolean => (off ? enabled.includes(name) : !disabled.includes(name));
  const asked = PLUGINS.flatMap(({ name, off = false, make }) => [
    ...(isAsked(name, off) ? [made(name, () => make(dependencies))] : []), ...(name === BEFORE_EXTENSIONS ? extensions : []),
  ]);
  return [deviceAdminAccess(dependencies), ...asked];
}

/** A configuration that cannot be read keeps the server from starting. */
function made(name: string, make: () => AdmissionPlugin): AdmissionPlugin {
  try {
    return make();
  } catch (error) {
    throw new UserError(`couldn't init admission plugin ${JSON.stringify(name)}: ${errorMessage(error)}`);
  }
}
