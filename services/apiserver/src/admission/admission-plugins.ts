import type { Clock } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import { UsageError } from '@kubernode/component-base';
import { nodeRestriction } from '../authz/node/node-restriction.ts';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { Authorizer } from '../pipeline/api-request.ts';
import type { AdmissionPlugin } from './admission.ts';
import { certificateApproval, certificateSigning } from './certificate-signers.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './quota/resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { mutatingWebhooks } from './webhook/mutating-webhooks.ts';
import { validatingWebhooks } from './webhook/validating-webhooks.ts';
import type { WebhookServices } from './webhook/webhook-services.ts';

export interface AdmissionDependencies {
  sources: ObjectSources;
  /** The newest state of an object, past the cache. */
  get(resource: { group: string; resource: string }, namespace: string, name: string): Promise<unknown>;
  /** All objects of a namespace, as new as every write acknowledged before the call. */
  list<T extends KubeObject>(resource: { group: string; resource: string }, namespace: string): Promise<readonly Readonly<T>[]>;
  /** Calls `change` with the newest state until the write holds; undefined from it leaves the object alone. Rejects with NotFound. */
  update: ObjectWriter['update'];
  clock: Clock;
  authorizer: Authorizer;
  webhooks: WebhookServices;
  /** Letters by chance that are safe in any name. */
  randomSuffix(length: number): string;
}

/** All plugins in the order in which they are asked, Kubernetes' own. `off`: only when enabled by name. */
const PLUGINS: readonly { name: string; off?: boolean; make?: (dependencies: AdmissionDependencies) => AdmissionPlugin }[] = [
  { name: 'AlwaysAdmit', off: true },
  { name: 'NamespaceAutoProvision', off: true },
  { name: 'NamespaceLifecycle', make: namespaceLifecycle },
  { name: 'NamespaceExists', off: true },
  { name: 'LimitPodHardAntiAffinityTopology', off: true },
  { name: 'LimitRanger', make: limitRanger },
  { name: 'ServiceAccount', make: serviceAccount },
  { name: 'NodeRestriction', off: true, make: nodeRestriction },
  { name: 'TaintNodesByCondition', make: () => taintNodesByCondition },
  { name: 'AlwaysPullImages', off: true },
  { name: 'ImagePolicyWebhook', off: true },
  { name: 'PodSecurity', make: podSecurity },
  { name: 'PodNodeSelector', off: true },
  { name: 'Priority', make: priority },
  { name: 'DefaultTolerationSeconds', make: () => defaultTolerationSeconds },
  { name: 'PodTolerationRestriction', off: true },
  { name: 'EventRateLimit', off: true },
  { name: 'ExtendedResourceToleration', off: true },
  { name: 'DefaultStorageClass', make: defaultStorageClass },
  { name: 'StorageObjectInUseProtection', make: () => storageObjectInUseProtection },
  { name: 'OwnerReferencesPermissionEnforcement', off: true },
  { name: 'PersistentVolumeClaimResize', make: persistentVolumeClaimResize },
  { name: 'RuntimeClass', make: runtimeClass },
  { name: 'CertificateApproval', make: certificateApproval },
  { name: 'CertificateSigning', make: certificateSigning },
  { name: 'ClusterTrustBundleAttest' },
  { name: 'CertificateSubjectRestriction', make: () => certificateSubjectRestriction },
  { name: 'DefaultIngressClass', make: defaultIngressClass },
  { name: 'DenyServiceExternalIPs', off: true },
  { name: 'PodTopologyLabels', make: podTopologyLabels },
  { name: 'NodeDeclaredFeatureValidator' },
  { name: 'MutatingAdmissionPolicy' },
  { name: 'MutatingAdmissionWebhook', make: ({ webhooks }) => mutatingWebhooks(webhooks) },
  { name: 'ValidatingAdmissionPolicy' },
  { name: 'ValidatingAdmissionWebhook', make: ({ webhooks }) => validatingWebhooks(webhooks) },
  { name: 'ResourceQuota', make: resourceQuota },
  { name: 'AlwaysDeny', off: true },
];

/** The plugins that the flags ask for, in order. Throws UsageError for a name that is none. */
export function admissionPlugins({ enabled, disabled }: { enabled: readonly string[]; disabled: readonly string[] }, dependencies: AdmissionDependencies): AdmissionPlugin[] {
  for (const name of [...enabled, ...disabled]) {
    if (!PLUGINS.some((plugin) => plugin.name === name)) throw new UsageError(`admission plugin ${JSON.stringify(name)} is unknown`);
  }
  return PLUGINS.filter(({ name, off }) => (off === true ? enabled.includes(name) : !disabled.includes(name))).flatMap(({ make }) => (make === undefined ? [] : [make(dependencies)]));
}

/** Plugins that were asked for by name and do nothing yet: an operator has to hear of it. */
export function inertPlugins(enabled: readonly string[]): readonly string[] {
  return PLUGINS.filter(({ name, make }) => make === undefined && enabled.includes(name)).map(({ name }) => name);
}
