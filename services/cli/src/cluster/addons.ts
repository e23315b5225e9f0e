import type { KubeObject } from '@kubernode/apimachinery';
import type { ClusterConfig } from './cluster-config.ts';

/** Objects that every cluster of ours has besides those of the API servers: the DNS service and the rights of the DNS server and of what connects pods. */
export function addons(config: Pick<ClusterConfig, 'clusterDns'>): readonly KubeObject[] {
  const labels = { 'k8s-app': 'kube-dns', 'app.kubernetes.io/name': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'KubeDNS' };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'kubernode:dns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'namespaces', 'pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kubernode:dns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kubernode:dns' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kubernode:dns' }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'kubernode:dns', namespace: 'kube-system' },
      rules: [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['create', 'update', 'patch', 'delete'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'kubernode:dns', namespace: 'kube-system' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kubernode:dns' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kubernode:dns' }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'kubernode:network' },
      rules: [
        { apiGroups: [''], resources: ['nodes', 'pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kubernode:network' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kubernode:network' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kubernode:network' }],
    },
    namespacedControllerBinding('kube-system', 'bootstrap-signer'), namespacedControllerBinding('kube-public', 'bootstrap-signer'), namespacedControllerBinding('kube-system', 'token-cleaner'),
    {
      apiVersion: 'v1', kind: 'Service', metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
      spec: {
        clusterIP: config.clusterDns, internalTrafficPolicy: 'Local',
        ports: [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53, protocol: 'TCP' }, { name: 'metrics', port: 9153, protocol: 'TCP' }],
      },
    },
  ];
}

/** Every built-in controller's role has this prefix; the API servers make the roles when they start. */
const CONTROLLER_ROLE_PREFIX = 'system:controller:';

const CONTROLLER_MANAGER = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-controller-manager' } as const;

/** A controller whose rights are those of a role in a namespace. */
function namespacedControllerBinding(namespace: string, controller: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: `kubernode:controller:${controller}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `${CONTROLLER_ROLE_PREFIX}${controller}` }, subjects: [CONTROLLER_MANAGER],
  };
}

/** Gives the controller manager, which acts under its own name, the rights of each of its controllers. */
export function controllerBindings(roleNames: readonly string[]): readonly KubeObject[] {
  return roleNames.filter((name) => name.startsWith(CONTROLLER_ROLE_PREFIX)).map((name) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: `kubernode:${name.slice('system:'.length)}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [CONTROLLER_MANAGER],
  }));
}
