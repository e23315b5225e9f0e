import type { ManifestObject } from './manifest-objects.ts';

/** Kinds in the order in which they go; what a kind needs goes after it. */
const UNINSTALL_ORDER: readonly string[] = [
  'APIService', 'Ingress', 'IngressClass', 'Service', 'CronJob', 'Job', 'StatefulSet', 'HorizontalPodAutoscaler', 'Deployment', 'ReplicaSet', 'ReplicationController', 'Pod', 'DaemonSet',
  'RoleBindingList', 'RoleBinding', 'RoleList', 'Role', 'ClusterRoleBindingList', 'ClusterRoleBinding', 'ClusterRoleList', 'ClusterRole', 'CustomResourceDefinition',
  'PersistentVolumeClaim', 'PersistentVolume', 'StorageClass', 'ConfigMap', 'SecretList', 'Secret', 'ServiceAccount', 'PodDisruptionBudget', 'PodSecurityPolicy', 'LimitRange',
  'ResourceQuota', 'NetworkPolicy', 'Namespace', 'PriorityClass',
];

const PLACE = new Map(UNINSTALL_ORDER.map((kind, place) => [kind, place]));

/** In the order of deletion: known kinds first, others by name. */
export function uninstallOrder(entries: readonly ManifestObject[]): ManifestObject[] {
  const placeOf = ({ ref }: ManifestObject): number => PLACE.get(ref.kind) ?? UNINSTALL_ORDER.length;
  return entries.toSorted((a, b) => placeOf(a) - placeOf(b) || (placeOf(a) < UNINSTALL_ORDER.length || a.ref.kind === b.ref.kind ? 0 : a.ref.kind < b.ref.kind ? -1 : 1));
}
