import { isAlreadyExists, type KubeObject } from '@kubernode/apimachinery';
import { storageV1Resources, type storageV1 } from '@kubernode/api';
import type { Client } from '@kubernode/client';
import type { ClusterConfig } from './cluster-config.ts';

const PROVISIONER = 'kubernode.io/local-path';

/** Whether claims get directories of the cluster's nodes: as the user chose, else where there are nodes that have directories. */
export function hasLocalPaths({ localPathProvisioner, nodes }: Pick<ClusterConfig, 'localPathProvisioner' | 'nodes'>): boolean {
  return localPathProvisioner ?? nodes > 0;
}

/** The default class, for claims that name none. */
export const localPathClass: storageV1.StorageClass = {
  apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER, reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer', // a directory is where its pod is
};

/** Lets the provisioner, which runs with the controllers, ask nodes to delete what released volumes stored. */
export const localPathRights: readonly KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'kubernode:local-path-provisioner' },
    rules: [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['delete'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kubernode:local-path-provisioner' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kubernode:local-path-provisioner' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-controller-manager' }],
  },
];

/** Makes the class once; from then on it is the users' to change. */
export async function ensureLocalPathClass(client: Pick<Client, 'create'>, signal: AbortSignal): Promise<void> {
  try { await client.create(storageV1Resources.storageclasses, localPathClass, { signal }); } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
