import type { KubeObject } from '@kubernode/apimachinery';
import { SIMULATED_NODES_USER } from '../certificates/certificate-plan.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const SUBJECTS = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: SIMULATED_NODES_USER }] as const;

/**
 * What the process of all simulated nodes does: register nodes and tell their state, renew their leases, tell what became of pods and let deleted ones go.
 * The rights of a node are bound to its name and so of no use to it; RBAC cannot keep it from the pods of others, but from all that is secret.
 */
export const simulatedNodeRights: readonly KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: SIMULATED_NODES_USER },
    rules: [
      { apiGroups: [''], resources: ['nodes'], verbs: ['create'] },
      { apiGroups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: SIMULATED_NODES_USER },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: SIMULATED_NODES_USER }, subjects: SUBJECTS,
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: SIMULATED_NODES_USER, namespace: LEASE_NAMESPACE },
    rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'patch'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: SIMULATED_NODES_USER, namespace: LEASE_NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: SIMULATED_NODES_USER }, subjects: SUBJECTS,
  },
];
