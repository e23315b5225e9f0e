import type { GroupVersionKind } from '@kubernode/apimachinery';

const RBAC = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const CLAIMS = ['DeviceClass', 'ResourceClaim', 'ResourceClaimTemplate', 'ResourceSlice'];
const WEBHOOKS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];
const POLICIES = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'];
const ACCESS_REVIEWS = ['SelfSubjectRulesReview', 'SelfSubjectAccessReview', 'SubjectAccessReview', 'LocalSubjectAccessReview'];
const FLOWS = ['FlowSchema', 'PriorityLevelConfiguration'];

/** What Kubernetes 1.36 can read besides what it serves (its legacy scheme: pkg/apis/.../install), by group and version. */
const UNSERVED: Readonly<Record<string, readonly string[]>> = {
  'admission.k8s.io/v1': ['AdmissionReview'], 'admission.k8s.io/v1beta1': ['AdmissionReview'],
  'admissionregistration.k8s.io/v1alpha1': POLICIES, 'admissionregistration.k8s.io/v1beta1': [...WEBHOOKS, ...POLICIES],
  'apps/v1beta1': ['Deployment', 'DeploymentRollback', 'Scale', 'StatefulSet', 'ControllerRevision'],
  'apps/v1beta2': ['Deployment', 'Scale', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision'],
  'authentication.k8s.io/v1alpha1': ['SelfSubjectReview'], 'authentication.k8s.io/v1beta1': ['SelfSubjectReview', 'TokenReview'],
  'authorization.k8s.io/v1beta1': ACCESS_REVIEWS,
  'batch/v1beta1': ['CronJob'],
  'certificates.k8s.io/v1alpha1': ['ClusterTrustBundle'], 'certificates.k8s.io/v1beta1': ['CertificateSigningRequest', 'ClusterTrustBundle', 'PodCertificateRequest'],
  'coordination.k8s.io/v1alpha2': ['LeaseCandidate'], 'coordination.k8s.io/v1beta1': ['Lease', 'LeaseCandidate'],
  'discovery.k8s.io/v1beta1': ['EndpointSlice'],
  'events.k8s.io/v1beta1': ['Event'],
  'extensions/v1beta1': ['Deployment', 'DeploymentRollback', 'Scale', 'DaemonSet', 'Ingress', 'ReplicaSet', 'NetworkPolicy'],
  'flowcontrol.apiserver.k8s.io/v1beta1': FLOWS, 'flowcontrol.apiserver.k8s.io/v1beta2': FLOWS, 'flowcontrol.apiserver.k8s.io/v1beta3': FLOWS,
  'imagepolicy.k8s.io/v1alpha1': ['ImageReview'],
  'internal.apiserver.k8s.io/v1alpha1': ['StorageVersion'],
  'networking.k8s.io/v1beta1': ['Ingress', 'IngressClass', 'IPAddress', 'ServiceCIDR'],
  'node.k8s.io/v1alpha1': ['RuntimeClass'], 'node.k8s.io/v1beta1': ['RuntimeClass'],
  'policy/v1beta1': ['PodDisruptionBudget', 'Eviction'],
  'rbac.authorization.k8s.io/v1alpha1': RBAC, 'rbac.authorization.k8s.io/v1beta1': RBAC,
  'resource.k8s.io/v1alpha3': ['DeviceTaintRule', 'ResourcePoolStatusRequest'], 'resource.k8s.io/v1beta1': CLAIMS, 'resource.k8s.io/v1beta2': [...CLAIMS, 'DeviceTaintRule'],
  'scheduling.k8s.io/v1alpha2': ['Workload', 'PodGroup'], 'scheduling.k8s.io/v1beta1': ['PriorityClass'],
  'storage.k8s.io/v1alpha1': ['VolumeAttachment', 'CSIStorageCapacity', 'VolumeAttributesClass'],
  'storage.k8s.io/v1beta1': ['StorageClass', 'VolumeAttachment', 'CSIDriver', 'CSINode', 'CSIStorageCapacity', 'VolumeAttributesClass'],
  'v1': ['PodStatusResult', 'ServiceProxyOptions', 'NodeProxyOptions', 'PodAttachOptions', 'PodLogOptions', 'PodExecOptions', 'PodPortForwardOptions', 'PodProxyOptions', 'SerializedReference', 'RangeAllocation'],
};

/** Whether Kubernetes knows a kind, or its list, that it does not serve (here): one of a version that is gone, off by default, or never had a path. */
export function isUnservedKind({ group, version, kind }: GroupVersionKind): boolean {
  const kinds = UNSERVED[group === '' ? version : `${group}/${version}`] ?? [];
  return kinds.includes(kind) || (kind.endsWith('List') && kinds.includes(kind.slice(0, -'List'.length)));
}
